namespace Qschedd.Config;

/// <summary>The word that was probably meant.</summary>
internal static class Suggest
{
    private const int WordLengthMax = 64;

    /// <summary>The nearest of the known words, or null when none is near.</summary>
    public static string? Near(string word, IEnumerable<string> known) => NearAll(word, known, 1).FirstOrDefault();

    /// <summary>The near ones among the known words, nearest first. A third of the letters may differ; their case is free.</summary>
    public static List<string> NearAll(string word, IEnumerable<string> known, int countMax)
    {
        if (word.Length is 0 or > WordLengthMax)
            return [];
        string lower = word.ToLowerInvariant();
        Candidate[] near = [.. known.Select(k => new Candidate(k, Distance(lower, k.ToLowerInvariant())))
            .Where(k => k.Distance <= Math.Max(1, Math.Min(word.Length, k.Word.Length) / 3))
            .OrderBy(k => k.Distance)];
        return [.. near.TakeWhile(k => k.Distance <= near[0].Distance + 1).Take(countMax).Select(k => k.Word)];
    }

    public static bool IsSame(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    /// <summary>Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).</summary>
    public static int Distance(string a, string b)
    {
        int[] beforeLast = new int[b.Length + 1];
        int[] last = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
            last[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int[] row = new int[b.Length + 1];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = a[i - 1] == b[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
            }
            (beforeLast, last) = (last, row);
        }
        return last[b.Length];
    }

    // A class: of LINQ over structs the binary holds a copy for each.
    private sealed record Candidate(string Word, int Distance);
}
