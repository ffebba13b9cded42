namespace Qschedd.Cli.Run;

/// <summary>
/// Long work beside the fires, on a thread that nothing else waits for. It has their priority all the same: a collection runs on the
/// thread that it falls to and stops the others meanwhile, so a thread that gets little time would hold up the fires with it.
/// </summary>
internal static class OwnThread
{
    /// <summary>What <paramref name="work"/> comes to, or throws.</summary>
    public static Task<T> RunAsync<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => Run(work, done)) { IsBackground = true, Name = "reload" }.Start();
        return done.Task;
    }

    private static void Run<T>(Func<T> work, TaskCompletionSource<T> done)
    {
        try
        {
            done.SetResult(work());
        }
        catch (Exception fault)
        {
            done.SetException(fault); // whoever waits judges it
        }
    }
}
