using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Qschedd.Http;

/// <summary>The file of a unix socket: what an earlier run left is removed, and only the owner and the group may connect.</summary>
internal static partial class UnixSocketFile
{
    private const int AtWorkingDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint WantType = 1;
    private const int StatxBytes = 256;
    private const int ModeOffset = 28;
    private const int TypeMask = 0xF000;
    private const int SocketType = 0xC000;

    /// <summary>
    /// Narrows the mode of a socket that is bound and does not listen yet: nobody can have connected before.
    /// </summary>
    public static void Narrow(string path)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
    }

    /// <summary>Removes a socket on which nobody listens. Anything else at that path stays, and is an <see cref="IOException"/>.</summary>
    public static void RemoveStale(string path)
    {
        switch (IsSocket(path))
        {
            case null:
                return;
            case false:
                throw new IOException($"cannot listen on unix:{path}: a file that is no socket is there; move it, or name another path");
        }

        if (HasListener(path))
            throw new IOException($"cannot listen on unix:{path}: another process listens there; stop it, or name another path");
        File.Delete(path);
    }

    private static bool HasListener(string path)
    {
        // A connection to a full backlog would wait until somebody makes room in it.
        using var probe = new Socket(AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return false;
        }
        catch (SocketException)
        {
            // No permission, a full backlog: someone may be there, so the file is not ours to remove.
            return true;
        }
    }

    /// <summary>
    /// Null: nothing is there. A connection to an ordinary file is refused like one to a dead socket: only the file's type tells
    /// them apart, and only statx gives it in one layout on every architecture.
    /// </summary>
    private static bool? IsSocket(string path)
    {
        Span<byte> status = stackalloc byte[StatxBytes];
        return Statx(AtWorkingDirectory, path, NoFollow, WantType, status) != 0
            ? null
            : (BitConverter.ToUInt16(status[ModeOffset..]) & TypeMask) == SocketType;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, Span<byte> status);
}
