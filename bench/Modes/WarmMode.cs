using System.Text.Json;
using Qschedd.Bench.Measure;

namespace Qschedd.Bench.Modes;

/// <summary>
/// <c>warm</c>: modes one after the other in this one process, each told by a line of standard input, a JSON array of its arguments, and
/// answered by its JSON line: what was compiled for one is there for the next.
/// </summary>
internal static class WarmMode
{
    public static async Task<Samples?> RunAsync(Options options)
    {
        while (await Console.In.ReadLineAsync() is { } line)
        {
            string[] arguments = JsonSerializer.Deserialize<string[]>(line)!;
            var samples = await ModeTable.Known[arguments[0]](new Options(arguments));
            // What the mode held is given back: the next one's memory is its own.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
            Console.WriteLine(samples!.ToLine());
        }
        return null;
    }
}
