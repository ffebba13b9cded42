using System.Runtime.InteropServices;
using System.Text;

namespace Qschedd.Workers.Local;

/// <summary>
/// Starts a program by posix_spawnp, which forks nothing of this process's memory and is safe beside the runtime's threads.
/// The child: a process group of its own, default signal actions (the runtime ignores SIGPIPE), nothing blocked, standard input
/// and output as given, and no other descriptor, whoever opened it and how.
/// A program without a slash is looked for in the daemon's PATH; a relative one with a slash, from the working directory.
/// </summary>
internal static unsafe class Spawn
{
    /// <summary>The process id, or minus errno.</summary>
    public static int Start(
        IReadOnlyList<string> arguments, IReadOnlyList<string> environment, string? workingDirectory, int input, int output)
    {
        byte* actions = stackalloc byte[Libc.OpaqueBytes];
        byte* attributes = stackalloc byte[Libc.OpaqueBytes];
        byte** argv = Texts(arguments);
        byte** envp = Texts(environment);
        byte* directory = workingDirectory is null ? null : Text(workingDirectory);
        Check(Libc.posix_spawn_file_actions_init(actions));
        Check(Libc.posix_spawnattr_init(attributes));
        try
        {
            AddActions(actions, directory, input, output);
            SetAttributes(attributes);
            int pid;
            int errno = Libc.posix_spawnp(&pid, argv[0], actions, attributes, argv, envp);
            return errno == 0 ? pid : -errno;
        }
        finally
        {
            _ = Libc.posix_spawnattr_destroy(attributes);
            _ = Libc.posix_spawn_file_actions_destroy(actions);
            NativeMemory.Free(directory);
            Free(envp);
            Free(argv);
        }
    }

    private static void AddActions(byte* actions, byte* directory, int input, int output)
    {
        Check(Libc.posix_spawn_file_actions_adddup2(actions, input, 0));
        Check(Libc.posix_spawn_file_actions_adddup2(actions, output, 1));
        Check(Libc.posix_spawn_file_actions_adddup2(actions, output, 2));
        // Sockets that systemd hands over are not close-on-exec; a child that kept one would hold the port after the daemon's end.
        Check(Libc.posix_spawn_file_actions_addclosefrom_np(actions, 3));
        if (directory != null)
        {
            Check(Libc.posix_spawn_file_actions_addchdir_np(actions, directory));
        }
    }

    private static void SetAttributes(byte* attributes)
    {
        byte* signals = stackalloc byte[Libc.OpaqueBytes];
        Check(Libc.sigemptyset(signals));
        Check(Libc.posix_spawnattr_setsigmask(attributes, signals));
        Check(Libc.sigfillset(signals));
        Check(Libc.posix_spawnattr_setsigdefault(attributes, signals));
        Check(Libc.posix_spawnattr_setpgroup(attributes, 0));
        Check(Libc.posix_spawnattr_setflags(
            attributes, Libc.POSIX_SPAWN_SETPGROUP | Libc.POSIX_SPAWN_SETSIGDEF | Libc.POSIX_SPAWN_SETSIGMASK));
    }

    private static byte** Texts(IReadOnlyList<string> texts)
    {
        byte** pointers = (byte**)NativeMemory.Alloc((nuint)texts.Count + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < texts.Count; i++)
        {
            pointers[i] = Text(texts[i]);
        }
        pointers[texts.Count] = null;
        return pointers;
    }

    private static byte* Text(string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        byte* bytes = (byte*)NativeMemory.Alloc((nuint)length + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(bytes, length));
        bytes[length] = 0;
        return bytes;
    }

    private static void Free(byte** texts)
    {
        for (byte** text = texts; *text != null; text++)
        {
            NativeMemory.Free(*text);
        }
        NativeMemory.Free(texts);
    }

    private static void Check(int errno)
    {
        if (errno != 0)
        {
            throw new InvalidOperationException($"posix_spawn cannot be set up: errno {errno}");
        }
    }
}
