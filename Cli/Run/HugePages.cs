using System.Globalization;
using System.Runtime.InteropServices;

namespace Qschedd.Cli.Run;

/// <summary>
/// Lets the kernel lay the collected heap in pages of 2 MB where they are to be had for the asking, as on most hosts. A burst walks over all
/// jobs and what is made for their fires, and in pages of 4 KB the processor looks up a place for every ten jobs. The heap is in use page by
/// page anyway, so that it takes hardly more memory.
/// </summary>
/// <remarks>
/// Source: madvise(2); /proc/pid/maps in proc(5). The runtime reserves one range of addresses for the heap and puts it to use piece by piece;
/// what the range is told while it is unused holds for each piece.
/// </remarks>
internal static partial class HugePages
{
    private const int AdviceHugePage = 14;
    private const string Unused = "---p";
    private const char Private = 'p';
    private const string NoFile = "0";
    private const string NameOfNothing = "[anon:";

    /// <summary>
    /// Early: what is in use already stays as it is. True: the kernel has been told. False: it has no such pages, or the range is not to be
    /// found, and all is as it would be without.
    /// </summary>
    public static bool AdviseForHeap()
    {
        byte[] inHeap = GC.AllocateUninitializedArray<byte>(1, pinned: true);
        var range = UnusedBeside(Marshal.UnsafeAddrOfPinnedArrayElement(inHeap, 0), Maps());
        return range is { } unused && Advise(unused.From, (nuint)(unused.To - unused.From), AdviceHugePage) == 0;
    }

    /// <summary>
    /// The largest unused mapping among those that join on to one another where the address is: nearly all that is left of the reservation.
    /// Null: there is none.
    /// </summary>
    /// <param name="address">Of something that lives in the reservation.</param>
    /// <param name="maps">Lines as the kernel writes them, by address: <c>FROM-TO ACCESS OFFSET DEVICE INODE [NAME]</c>.</param>
    internal static (nint From, nint To)? UnusedBeside(nint address, IEnumerable<string> maps)
    {
        (nint From, nint To) chain = default, unused = default;
        foreach (string line in maps)
        {
            var mapping = Mapping.Parse(line);
            if (!mapping.IsOfNothing)
                continue;
            if (mapping.From != chain.To)
            {
                if (IsIn(chain, address))
                    break;
                (chain.From, unused) = (mapping.From, default);
            }
            chain.To = mapping.To;
            if (mapping.IsUnused && mapping.To - mapping.From > unused.To - unused.From)
                unused = (mapping.From, mapping.To);
        }
        return IsIn(chain, address) && unused.To != 0 ? unused : null;
    }

    private static bool IsIn((nint From, nint To) chain, nint address) => chain.From <= address && address < chain.To;

    private static string[] Maps()
    {
        try
        {
            return File.ReadAllLines("/proc/self/maps");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return []; // a host that does not show it
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint from, nuint bytes, int advice);

    private readonly record struct Mapping(nint From, nint To, bool IsOfNothing, bool IsUnused)
    {
        /// <summary>Of a line of another form: of something.</summary>
        public static Mapping Parse(string line) =>
            line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var range, var access, _, _, var inode, .. var name]
            && range.Split('-') is [var from, var to] && Address(from) is { } start && Address(to) is { } end
                ? new Mapping(start, end, IsNothing(access, inode, name), access == Unused)
                : default;

        private static bool IsNothing(string access, string inode, string[] name) => access[^1] == Private && inode == NoFile
            && (name is [] || name[0].StartsWith(NameOfNothing, StringComparison.Ordinal));

        // The kernel's own page stands past the largest signed number.
        private static nint? Address(string hex) =>
            ulong.TryParse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong address) ? unchecked((nint)address) : null;
    }
}
