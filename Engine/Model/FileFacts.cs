using System.Runtime.InteropServices;

namespace Qschedd.Engine.Model;

/// <summary>Whose a file is, and who may write it, as the kernel says it (statx(2), one layout on all architectures).</summary>
/// <param name="User">Its owner.</param>
/// <param name="Group">Its group.</param>
/// <param name="Mode">Type and permissions.</param>
/// <param name="IsMountedReadOnly">It was itself mounted here, and read-only: a container's configuration, and its mounter's word.</param>
internal readonly partial record struct FileFacts(uint User, uint Group, int Mode, bool IsMountedReadOnly = false)
{
    private const int Directory = 0x4000, Link = 0xA000, TypeMask = 0xF000;

    public bool IsDirectory => (Mode & TypeMask) == Directory;

    /// <summary>Its permissions say nothing.</summary>
    public bool IsLink => (Mode & TypeMask) == Link;

    /// <summary>A directory like /tmp: whoever may write it changes only what is his.</summary>
    public bool IsSticky => IsDirectory && (Mode & (int)UnixFileMode.StickyBit) != 0;

    public bool IsGroupWritable => !IsLink && (Mode & (int)UnixFileMode.GroupWrite) != 0;

    public bool IsOtherWritable => !IsLink && (Mode & (int)UnixFileMode.OtherWrite) != 0;

    /// <summary>Null: there is nothing, or the kernel does not tell.</summary>
    public static FileFacts? Of(string path, bool followLinks = true)
    {
        if (statx(CurrentDirectory, path, followLinks ? 0 : NoFollow, BasicFacts, out Statx found) != 0)
            return null;
        bool isMount = (found.Attributes & MountRoot) != 0;
        return new FileFacts(found.Uid, found.Gid, found.Mode, isMount && statvfs(path, out StatVfs place) == 0 && (place.Flags & ReadOnly) != 0);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, out Statx found);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statvfs(string path, out StatVfs found);

    private const int CurrentDirectory = -100, NoFollow = 0x100;
    private const uint BasicFacts = 0x7ff;
    private const ulong MountRoot = 0x2000, ReadOnly = 1;

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Statx
    {
        [FieldOffset(8)]
        public ulong Attributes;
        [FieldOffset(20)]
        public uint Uid;
        [FieldOffset(24)]
        public uint Gid;
        [FieldOffset(28)]
        public ushort Mode;
    }

    // Of 64-bit systems; the flags come after nine words.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatVfs
    {
        [FieldOffset(72)]
        public ulong Flags;
    }
}
