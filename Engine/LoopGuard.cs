using Microsoft.Extensions.Logging;

namespace Qschedd.Engine;

/// <summary>The loop's edge around one job's or task's handling: a fault in it is recorded and must not stop all the others.</summary>
internal sealed class LoopGuard(Counters counters, ILogger logger)
{
    public bool Run(Action action, string what)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            OnFault(fault, what);
            return false;
        }
    }

    public void OnFault(Exception fault, string what)
    {
        counters.Faults++;
        EngineLog.LoopFault(logger, fault, what);
    }
}
