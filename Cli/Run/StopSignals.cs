using System.Runtime.InteropServices;

namespace Qschedd.Cli.Run;

/// <summary>SIGTERM and SIGINT: the first asks for a graceful stop, the second for a hurried one. SIGHUP: as the owner says.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly TaskCompletionSource<string> _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _hurry = new();
    private readonly PosixSignalRegistration[] _registrations;
    private volatile bool _isStarting;

    /// <param name="hangUp">Called at each SIGHUP; null: the kernel's default, which ends the process.</param>
    public StopSignals(Action? hangUp = null) =>
        _registrations =
        [
            .. hangUp is null ? [] : (PosixSignalRegistration[])[PosixSignalRegistration.Create(PosixSignal.SIGHUP, c => OnHangUp(c, hangUp))],
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        ];

    /// <summary>The second signal ends the process at once: there is nothing yet to be hurried.</summary>
    public bool IsStarting { get => _isStarting; set => _isStarting = value; }

    /// <summary>The name of the first signal.</summary>
    public Task<string> Stop => _stop.Task;

    public CancellationToken Hurry => _hurry.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _hurry.Dispose();
    }

    private static void OnHangUp(PosixSignalContext context, Action hangUp)
    {
        context.Cancel = true;
        hangUp();
    }

    private void OnSignal(PosixSignalContext context)
    {
        bool isFirst = _stop.TrySetResult(context.Signal.ToString());
        context.Cancel = isFirst || !IsStarting; // the default ends the process at once
        if (!isFirst && !IsStarting)
            _hurry.Cancel();
    }
}
