using System.Text;

namespace Qschedd.Tests.Fuzz;

/// <summary>Bends an input out of shape: bytes changed, parts lost, doubled or put in, a word repeated without end.</summary>
internal static class Mutation
{
    private const int BombBytesMax = 4096;

    public static byte[] Mutate(Random random, byte[] input, string[] words)
    {
        List<byte> bytes = [.. input];
        for (int edit = random.Next(1, 6); edit > 0; edit--)
            Edit(random, bytes, words);
        return [.. bytes];
    }

    public static string MutateText(Random random, string text, string[] words) => random.Next(8) == 0
        ? new string([.. text.Select(c => random.Next(6) == 0 ? (char)random.Next(char.MaxValue + 1) : c)])
        : Encoding.UTF8.GetString(Mutate(random, Encoding.UTF8.GetBytes(text), words));

    public static T Pick<T>(this Random random, T[] items) => items[random.Next(items.Length)];

    private static void Edit(Random random, List<byte> bytes, string[] words)
    {
        int at = random.Next(bytes.Count + 1);
        int length = Math.Min(random.Next(1, 20), bytes.Count - at);
        switch (random.Next(24))
        {
            case < 6 when length > 0:
                bytes[at] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)random.Next(32, 127);
                break;
            case < 11:
                bytes.RemoveRange(at, length);
                break;
            case < 13:
                bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, length));
                break;
            case 13:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 14 when random.Next(20) == 0:
                byte[] word = Encoding.UTF8.GetBytes(random.Pick(words));
                bytes.InsertRange(at, Enumerable.Repeat(word, BombBytesMax / Math.Max(1, word.Length)).SelectMany(b => b));
                break;
            default:
                bytes.InsertRange(at, Encoding.UTF8.GetBytes(random.Pick(words)));
                break;
        }
    }
}
