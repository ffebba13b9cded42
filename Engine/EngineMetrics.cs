using System.Reflection;
using Qschedd.Engine.Figures;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>
/// What <c>/metrics</c> says of the engine. Any thread: each figure is read by itself while the loop goes on, so two of them may
/// stand for instants that are a moment apart.
/// </summary>
internal sealed class EngineMetrics(EngineCore core, EngineLoop loop, IStore store, EngineOptions options)
{
    private const string CounterType = "counter";
    private const string GaugeType = "gauge";

    private static readonly string Version =
        typeof(EngineMetrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public void Write(MetricsText text, ReloadFigures reloads, bool isReady)
    {
        WriteProcess(text, isReady);
        WriteJobs(text);
        WriteFires(text, core.Counters);
        WriteTasks(text, core.Counters);
        WriteQueues(text);
        WriteStore(text);
        WriteWorkers(text, core.Counters);
        WriteReloads(text, reloads);
        WriteTroubles(text, core.Counters);
        options.MoreMetrics(text);
        if (core.Jobs.Published.Catalog.Server.Metrics.PerJob)
            JobMetrics.Write(text, core.Jobs.Published);
    }

    private void WriteProcess(MetricsText text, bool isReady)
    {
        text.Head("qschedd_build_info", "The program that runs; always 1.", GaugeType);
        text.Sample("qschedd_build_info", "version", Version, 1);
        text.Gauge("qschedd_process_start_time_seconds", "When the daemon started, in seconds since 1970.", core.StartedMs / 1000.0);
        text.Gauge("qschedd_process_resident_memory_bytes", "Memory that the process holds.", Environment.WorkingSet);
        text.Gauge("qschedd_ready", "1 while the daemon does its work, as readyz says.", isReady ? 1 : 0);
    }

    private void WriteJobs(MetricsText text)
    {
        var jobs = core.Jobs.Published.Jobs.Values;
        int on = jobs.Count(j => j.Status.Enabled);
        text.Head("qschedd_jobs", "Jobs of the configuration in force.", GaugeType);
        text.Sample("qschedd_jobs", "state", "on", on);
        text.Sample("qschedd_jobs", "state", "off", jobs.Length - on);
    }

    private static void WriteFires(MetricsText text, Counters counters)
    {
        text.Counter("qschedd_fires_total", "Fires of triggers that were taken up within the misfire threshold.", counters.Fires);
        text.Histogram("qschedd_fire_lag_seconds", "How long after their scheduled time those fires were taken up.", counters.FireLag);
        text.Head("qschedd_misfires_total", "Fires missed by more than the misfire threshold: discarded, or run once for the latest.", CounterType);
        text.Sample("qschedd_misfires_total", "outcome", "discarded", counters.MisfiresDiscarded);
        text.Sample("qschedd_misfires_total", "outcome", "retried", counters.MisfiresRetried);
        text.Head("qschedd_skips_total", "Runs that were due, or asked for, and did not come about.", CounterType);
        foreach (var reason in SkipReasons.All)
            if (reason != SkipReason.Off)
                text.Sample("qschedd_skips_total", "reason", reason.Word(), counters.Skips.Total(reason));
    }

    private void WriteTasks(MetricsText text, Counters counters)
    {
        text.Gauge("qschedd_tasks_running", "Tasks in state 100 or 200.", core.Tasks.Count);
        text.Head("qschedd_tasks_ended_total", "Tasks that have ended, by the state in which they did.", CounterType);
        foreach (var state in TaskStates.Ends)
            text.Sample("qschedd_tasks_ended_total", "state", TaskStates.EndWord(state), counters.Ended(state));
        text.Histogram("qschedd_task_duration_seconds", "From the fire to the end of tasks that ran, or may have.", counters.Durations);
        text.Counter("qschedd_task_attempts_total", "Requests to workers and local commands begun, repetitions included.", counters.Attempts);
        text.Counter("qschedd_task_timeouts_total", "Tasks that ran past the timeout of their job.", counters.TimeoutsNoted);
        text.Counter("qschedd_task_kills_total", "Tasks that were to be killed.", counters.Killed);
    }

    private void WriteQueues(MetricsText text)
    {
        (string Name, int Length, int Max)[] queues =
        [
            ("commands", loop.Commands, options.CommandsMax),
            ("changes", core.Journal.Pending, options.ChangesMax),
            ("tasks", core.Dispatcher.Waiting, options.WaitingMax),
            ("sends", core.Dispatcher.Sends, options.SendsMax),
            ("localCommands", core.Workers.Local.Sends, options.LocalMax),
        ];
        text.Head(
            "qschedd_queue_length", "Callers' commands; changes for the store; tasks that wait to be sent; requests under way; local commands that run.",
            GaugeType);
        foreach (var queue in queues)
            text.Sample("qschedd_queue_length", "queue", queue.Name, queue.Length);
        text.Head("qschedd_queue_capacity", "The bound of each; what happens at it is counted as a skip or a refused command.", GaugeType);
        foreach (var queue in queues)
            text.Sample("qschedd_queue_capacity", "queue", queue.Name, queue.Max);
        text.Counter("qschedd_commands_refused_total", "Commands that were refused, because too many waited.", core.Counters.CommandsRefused);
    }

    private void WriteStore(MetricsText text)
    {
        text.Histogram("qschedd_store_batch_changes", "Changes in one transaction.", store.Figures.Changes);
        text.Histogram("qschedd_store_commit_duration_seconds", "From the begin of a transaction until it is durable.", store.Figures.Times);
        text.Counter("qschedd_store_commit_failures_total", "Transactions that failed.", store.Figures.Failures);
        text.Counter("qschedd_store_damaged_rows_total", "Records found whose checksum was wrong, each once.", store.Figures.DamagedRows);
        text.Gauge("qschedd_store_trouble", "1 while the store does not keep changes.", (core.Journal.Trouble ?? store.Trouble) is null ? 0 : 1);
    }

    private void WriteWorkers(MetricsText text, Counters counters)
    {
        var workers = core.Workers.Count();
        text.Gauge("qschedd_workers", "Addresses of workers in the configuration or registered.", workers.Known);
        text.Gauge("qschedd_workers_online", "Those that nobody put offline for any job.", workers.Online);
        text.Gauge("qschedd_workers_alive", "Those that are heard, as far as they register, and whose last connection did not fail.", workers.Alive);
        text.Gauge("qschedd_registrations", "Registrations of workers with apps.", workers.Registrations);
        text.Counter("qschedd_registration_calls_total", "Calls of workers that register, each repetition included.", counters.Registrations);
        text.Counter("qschedd_registrations_refused_total", "Workers that were one too many for their app.", counters.RegistrationsRefused);
    }

    private static void WriteReloads(MetricsText text, ReloadFigures reloads)
    {
        text.Gauge("qschedd_config_last_reload_successful", "0 while the configuration on disk is refused.", reloads.IsRefused ? 0 : 1);
        text.Gauge(
            "qschedd_config_last_reload_success_timestamp_seconds", "When the configuration in force was taken, in seconds since 1970.",
            reloads.TakenMs / 1000.0);
        text.Counter("qschedd_config_reloads_total", "Configurations that were taken into force after the start.", reloads.Taken);
        text.Counter("qschedd_config_reload_failures_total", "Configurations that were refused, or unreadable.", reloads.Refused);
    }

    private static void WriteTroubles(MetricsText text, Counters counters)
    {
        text.Counter("qschedd_alerts_raised_total", "Troubles of jobs, and ends of them, that operators are to be told of.", counters.AlertsRaised);
        text.Counter("qschedd_alerts_held_back_total", "More of a trouble that operators know of: not told again.", counters.AlertsHeldBack);
        text.Head("qschedd_clock_steps_total", "Times that the wall clock was set, forward by a second or more.", CounterType);
        text.Sample("qschedd_clock_steps_total", "direction", "back", counters.ClockSteps);
        text.Sample("qschedd_clock_steps_total", "direction", "forward", counters.ClockStepsForward);
        text.Counter("qschedd_faults_total", "Handlings that failed by a defect of qschedd's own.", counters.Faults + counters.FaultsElsewhere);
    }
}
