using System.Globalization;
using System.Runtime.InteropServices;
using Qschedd.Cli.Run;

namespace Qschedd.Tests.Cli;

public class HugePagesTests
{
    private static readonly string[] Maps =
    [
        "",
        "something else altogether, of a later kernel",
        "7f1000000000-7f5000000000",
        "55d0c0000000-55d0c0400000 rw-p 00000000 00:00 0                          [heap]",
        "7f0000000000-7f0000400000 ---p 00000000 00:00 0 ",
        "7f1000000000-7f1000100000 rw-p 00000000 00:00 0 ",
        "7f1000100000-7f1000400000 ---p 00000000 00:00 0 ",
        "7f1000400000-7f1000440000 rw-p 00000000 00:00 0                          [anon:.NET]",
        "7f1000440000-7f5000000000 ---p 00000000 00:00 0                          [anon:.NET]",
        "7f5000000000-7f5000001000 rw-p 00000000 00:00 0 ",
        "7f5000001000-7f5000201000 r-xp 00000000 08:01 1234                       /usr/lib/libc.so.6",
        "7f5000201000-7f9000201000 ---p 00000000 00:00 0 ",
        "7f9000201000-7f9000301000 rw-s 00000000 00:01 99                         /dev/shm/x",
        "7fa000000000-7fa000001000 rw-p 00000000 00:00 0 ",
        "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]",
    ];

    [Theory]
    [InlineData("7f1000000000", "7f1000440000-7f5000000000")] // the first of its neighbours
    [InlineData("7f1000400010", "7f1000440000-7f5000000000")]
    [InlineData("7f1000200000", "7f1000440000-7f5000000000")] // unused itself, and not the largest
    [InlineData("7f5000000fff", "7f1000440000-7f5000000000")] // the last of them
    [InlineData("7f0000000000", "7f0000000000-7f0000400000")] // alone
    [InlineData("7f5000300000", "7f5000201000-7f9000201000")] // behind a file and before a shared one
    [InlineData("7fa000000000", null)] // nothing unused beside it
    [InlineData("7f5000001000", null)] // a file
    [InlineData("7f9000201000", null)] // shared
    [InlineData("55d0c0000000", null)] // what malloc has
    [InlineData("7f9000301000", null)] // nowhere
    public void UnusedBeside_IsTheLargestOfTheMappingsThatJoinOn(string address, string? range) =>
        Assert.Equal(range, Shown(HugePages.UnusedBeside(nint.Parse(address, NumberStyles.HexNumber, CultureInfo.InvariantCulture), Maps)));

    [Fact]
    public void UnusedBeside_IsNothing_WhenTheHostShowsNoMappings() => Assert.Null(HugePages.UnusedBeside(1, []));

    /// <summary>Of this process: the range is found, and the kernel has been told of it.</summary>
    [HugePagesFact]
    public void AdviseForHeap_TellsTheKernelOfTheRangeOfTheHeap()
    {
        Assert.True(HugePages.AdviseForHeap());
        byte[] inHeap = GC.AllocateUninitializedArray<byte>(1, pinned: true);
        var told = HugePages.UnusedBeside(Marshal.UnsafeAddrOfPinnedArrayElement(inHeap, 0), File.ReadAllLines("/proc/self/maps"))!.Value;
        Assert.True(told.To - told.From > 1 << 30, Shown(told));
        // The collector may take from both ends meanwhile.
        Assert.Contains(" hg", FlagsAt(told.From + (told.To - told.From) / 2), StringComparison.Ordinal);
    }

    private static string FlagsAt(nint address) => File.ReadLines("/proc/self/smaps")
        .SkipWhile(line => HugePages.UnusedBeside(address, [line]) is null)
        .First(line => line.StartsWith("VmFlags:", StringComparison.Ordinal));

    private static string? Shown((nint From, nint To)? range) =>
        range is { } found ? string.Create(CultureInfo.InvariantCulture, $"{found.From:x}-{found.To:x}") : null;

    /// <summary>A kernel that has been built with huge pages; without, there is nobody to tell.</summary>
    private sealed class HugePagesFactAttribute : FactAttribute
    {
        public HugePagesFactAttribute()
        {
            if (!File.Exists("/sys/kernel/mm/transparent_hugepage/enabled"))
                Skip = "this kernel has no huge pages for the asking";
        }
    }
}
