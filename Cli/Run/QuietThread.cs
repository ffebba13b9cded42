using System.Runtime.InteropServices;

namespace Qschedd.Cli.Run;

/// <summary>Long work beside the fires: a thread that the kernel puts behind the others, and that its own threads are born behind.</summary>
internal static partial class QuietThread
{
    private const int ThisThread = 0; // Linux keeps the nice value of each thread, and takes a thread's id for a process's
    private const int Nice = 10;

    /// <summary>What <paramref name="work"/> comes to, or throws.</summary>
    public static Task<T> RunAsync<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => Run(work, done)) { IsBackground = true, Name = "reload" }.Start();
        return done.Task;
    }

    private static void Run<T>(Func<T> work, TaskCompletionSource<T> done)
    {
        // Refused by a sandbox: the work is done all the same, with more noise.
        _ = SetPriority(0, ThisThread, Nice);
        try
        {
            done.SetResult(work());
        }
        catch (Exception fault)
        {
            done.SetException(fault); // whoever waits judges it
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int nice);
}
