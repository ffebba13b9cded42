using System.Runtime.InteropServices;

namespace Qschedd.Tests.Storage;

/// <summary>
/// Records in which order SQLite writes and syncs the files of one folder, and makes of it what a disk may hold when the power goes at
/// any moment: all that was synced, and of what was not any part, torn at sectors.
/// </summary>
internal sealed class PowerRecorder : IDisposable
{
    private const int SectorBytes = 512;

    private readonly object _gate = new();
    private readonly string _folder;
    private readonly Dictionary<string, byte[]> _atStart = [];
    private readonly List<Step> _steps = [];

    private PowerRecorder(string folder) => _folder = folder;

    /// <summary>Steps so far: a moment to cut the power at.</summary>
    public int Position
    {
        get
        {
            lock (_gate)
                return _steps.Count;
        }
    }

    public static PowerRecorder Start(string folder)
    {
        var recorder = new PowerRecorder(folder);
        PowerVfs.Record(recorder);
        return recorder;
    }

    public bool Covers(string path) => path.StartsWith(_folder, StringComparison.Ordinal);

    public void Opened(string path)
    {
        lock (_gate)
            _atStart.TryAdd(path, File.ReadAllBytes(path));
    }

    public void Wrote(string path, long offset, ReadOnlySpan<byte> bytes) => Add(new Step(path, offset, bytes.ToArray()));

    public void Cut(string path, long length) => Add(new Step(path, length, null));

    public void Synced(string path) => Add(new Step(path, -1, null));

    /// <summary>Makes the files as they may be found after a power cut at this position.</summary>
    public void WriteImage(int position, Random random, Func<string, string> placeOf)
    {
        lock (_gate)
        {
            foreach (var (path, atStart) in _atStart)
                File.WriteAllBytes(placeOf(path), ImageOf(path, atStart, position, random));
        }
    }

    public void Dispose() => PowerVfs.Forget(this);

    private void Add(Step step)
    {
        lock (_gate)
            _steps.Add(step);
    }

    private byte[] ImageOf(string path, byte[] atStart, int position, Random random)
    {
        int synced = _steps.FindLastIndex(position - 1, step => step.Path == path && step.IsSync);
        using var image = new MemoryStream();
        image.Write(atStart);
        for (int at = 0; at < position; at++)
        {
            Step step = _steps[at];
            if (step.Path != path || step.IsSync)
                continue;
            if (at < synced)
                Apply(image, step, whole: true, random);
            else if (random.Next(2) == 0)
                Apply(image, step, whole: random.Next(2) == 0, random);
        }
        return image.ToArray();
    }

    private static void Apply(MemoryStream image, Step step, bool whole, Random random)
    {
        if (step.Bytes is not { } bytes)
        {
            image.SetLength(step.Offset);
            return;
        }
        int length = whole ? bytes.Length : Math.Min(bytes.Length, random.Next((bytes.Length / SectorBytes) + 1) * SectorBytes);
        if (length == 0)
            return;
        if (image.Length < step.Offset)
            image.SetLength(step.Offset);
        image.Position = step.Offset;
        image.Write(bytes, 0, length);
    }

    /// <param name="Path">The file.</param>
    /// <param name="Offset">Of a write where it begins, of a cut the new length, of a sync -1.</param>
    /// <param name="Bytes">Of a write what was written.</param>
    private readonly record struct Step(string Path, long Offset, byte[]? Bytes)
    {
        public bool IsSync => Offset < 0;
    }
}

/// <summary>
/// SQLite's own file system layer, with three of its calls looked at: a copy of its table of functions in which write, truncate and sync
/// are ours and call the right ones. Files outside of a recorded folder never come here.
/// </summary>
internal static unsafe class PowerVfs
{
    // struct sqlite3_vfs and struct sqlite3_io_methods of SQLite 3, 64 bits; version 3 of both.
    private const int VfsBytes = 168;
    private const int OpenOffset = 40;
    private const int MethodsBytes = 152;
    private const int CloseOffset = 8;
    private const int WriteOffset = 24;
    private const int TruncateOffset = 32;
    private const int SyncOffset = 40;

    private static readonly object Gate = new();
    private static readonly Dictionary<nint, (string Path, PowerRecorder Recorder)> Files = [];
    private static readonly Dictionary<nint, nint> Methods = [];
    private static readonly List<PowerRecorder> Recorders = [];
    private static byte* _system;

    public static void Record(PowerRecorder recorder)
    {
        lock (Gate)
        {
            if (_system is null)
                Install();
            Recorders.Add(recorder);
        }
    }

    public static void Forget(PowerRecorder recorder)
    {
        lock (Gate)
            Recorders.Remove(recorder);
    }

    private static void Install()
    {
        _system = Find(null);
        byte* ours = (byte*)NativeMemory.Alloc(VfsBytes);
        Buffer.MemoryCopy(_system, ours, VfsBytes, VfsBytes);
        *(nint*)(ours + 16) = 0;
        *(nint*)(ours + 24) = Marshal.StringToCoTaskMemUTF8("qschedd-power");
        *(delegate* unmanaged<byte*, byte*, byte*, int, int*, int>*)(ours + OpenOffset) = &Open;
        Assert.Equal(0, Register(ours, 1));
    }

    [UnmanagedCallersOnly]
    private static int Open(byte* vfs, byte* name, byte* file, int flags, int* outFlags)
    {
        int code = (*(delegate* unmanaged<byte*, byte*, byte*, int, int*, int>*)(_system + OpenOffset))(_system, name, file, flags, outFlags);
        if (code != 0 || name is null)
            return code;
        string path = Marshal.PtrToStringUTF8((nint)name)!;
        lock (Gate)
        {
            if (Recorders.Find(recorder => recorder.Covers(path)) is { } recorder)
            {
                recorder.Opened(path);
                Files[(nint)file] = (path, recorder);
                *(nint*)file = Watched(*(nint*)file);
            }
        }
        return code;
    }

    /// <summary>The functions of a file with ours among them; there are few such tables, and they stay.</summary>
    private static nint Watched(nint methods)
    {
        if (Methods.TryGetValue(methods, out nint known))
            return known;
        byte* ours = (byte*)NativeMemory.Alloc((nuint)(MethodsBytes + sizeof(nint)));
        Buffer.MemoryCopy((byte*)methods, ours, MethodsBytes, MethodsBytes);
        *(nint*)(ours + MethodsBytes) = methods;
        *(delegate* unmanaged<byte*, int>*)(ours + CloseOffset) = &Close;
        *(delegate* unmanaged<byte*, byte*, int, long, int>*)(ours + WriteOffset) = &Write;
        *(delegate* unmanaged<byte*, long, int>*)(ours + TruncateOffset) = &Truncate;
        *(delegate* unmanaged<byte*, int, int>*)(ours + SyncOffset) = &Sync;
        return Methods[methods] = (nint)ours;
    }

    private static byte* SystemOf(byte* file) => *(byte**)(*(byte**)file + MethodsBytes);

    private static (string Path, PowerRecorder Recorder) Of(byte* file)
    {
        lock (Gate)
            return Files[(nint)file];
    }

    [UnmanagedCallersOnly]
    private static int Close(byte* file)
    {
        byte* system = SystemOf(file);
        lock (Gate)
            Files.Remove((nint)file);
        return (*(delegate* unmanaged<byte*, int>*)(system + CloseOffset))(file);
    }

    [UnmanagedCallersOnly]
    private static int Write(byte* file, byte* bytes, int count, long offset)
    {
        int code = (*(delegate* unmanaged<byte*, byte*, int, long, int>*)(SystemOf(file) + WriteOffset))(file, bytes, count, offset);
        var (path, recorder) = Of(file);
        if (code == 0)
            recorder.Wrote(path, offset, new ReadOnlySpan<byte>(bytes, count));
        return code;
    }

    [UnmanagedCallersOnly]
    private static int Truncate(byte* file, long length)
    {
        int code = (*(delegate* unmanaged<byte*, long, int>*)(SystemOf(file) + TruncateOffset))(file, length);
        var (path, recorder) = Of(file);
        if (code == 0)
            recorder.Cut(path, length);
        return code;
    }

    [UnmanagedCallersOnly]
    private static int Sync(byte* file, int flags)
    {
        int code = (*(delegate* unmanaged<byte*, int, int>*)(SystemOf(file) + SyncOffset))(file, flags);
        var (path, recorder) = Of(file);
        if (code == 0)
            recorder.Synced(path);
        return code;
    }

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_vfs_find")]
    private static extern byte* Find(byte* name);

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_vfs_register")]
    private static extern int Register(byte* vfs, int isDefault);
}
