using System.Runtime.InteropServices;
using System.Text;

namespace Qschedd.Workers.Local;

/// <summary>The descriptors of a command, all close-on-exec. A negative result is minus errno.</summary>
internal static unsafe class Descriptors
{
    /// <summary>
    /// Standard input that holds a text: a file in memory rather than a pipe, so that a command that does not read it blocks nobody
    /// and one that closes it early raises no signal here. Without a text: /dev/null.
    /// </summary>
    public static int Input(string? text)
    {
        if (text is null)
        {
            fixed (byte* path = "/dev/null\0"u8)
            {
                return Result(Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC, 0));
            }
        }
        fixed (byte* name = "qschedd-parameter\0"u8)
        {
            int fd = Result(Libc.memfd_create(name, Libc.MFD_CLOEXEC));
            return fd < 0 ? fd : Fill(fd, Encoding.UTF8.GetBytes(text));
        }
    }

    /// <summary>A pipe: its reading end, which never blocks, and its writing end, which the command gets and which does block.</summary>
    public static int Output(out int readingEnd, out int writingEnd)
    {
        int* ends = stackalloc int[2] { -1, -1 };
        int result = Result(Libc.pipe2(ends, Libc.O_CLOEXEC));
        (readingEnd, writingEnd) = (ends[0], ends[1]);
        return result < 0 ? result : Result(Libc.fcntl(readingEnd, Libc.F_SETFL, Libc.O_NONBLOCK));
    }

    public static void Close(int fd)
    {
        if (fd >= 0)
        {
            _ = Libc.close(fd);
        }
    }

    /// <summary>Writes without moving the position, at which the command starts to read.</summary>
    private static int Fill(int fd, byte[] bytes)
    {
        fixed (byte* start = bytes)
        {
            for (int at = 0; at < bytes.Length;)
            {
                nint written = Libc.pwrite(fd, start + at, bytes.Length - at, at);
                if (written < 0)
                {
                    int errno = Marshal.GetLastPInvokeError();
                    Close(fd);
                    return -errno;
                }
                at += (int)written;
            }
        }
        return fd;
    }

    private static int Result(int result) => result < 0 ? -Marshal.GetLastPInvokeError() : result;
}
