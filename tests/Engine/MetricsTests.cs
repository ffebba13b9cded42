using System.Buffers;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Qschedd.Engine;
using Qschedd.Engine.Figures;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Tests.Engine.Clock;
using Qschedd.Tests.Engine.Figures;

namespace Qschedd.Tests.Engine;

public class MetricsTests
{
    private static MetricsCheck Metrics(EngineWorld world, ReloadFigures? reloads = null)
    {
        using var loop = new EngineLoop(new ManualAlarm(EngineWorld.StartMs), new LoopClock(), NullLogger.Instance);
        var buffer = new ArrayBufferWriter<byte>();
        new EngineMetrics(world.Core, loop, world.Store, world.Options).Write(new MetricsText(buffer), reloads ?? new ReloadFigures(world.Core.StartedMs), isReady: true);
        return MetricsCheck.Read(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    [Fact]
    public void Fires_AreCounted_WithTheirLagAndTheirEnds()
    {
        var world = new EngineWorld().Start(Samples.Job());
        world.Run(2);
        world.Link.Answer = _ => new RunOutcome(RunResult.Failed);
        world.Advance(TimeSpan.FromMilliseconds(1_040));
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(2);
        var metrics = Metrics(world);
        Assert.Equal(5, metrics["qschedd_fires_total"]);
        Assert.Equal(2, metrics["qschedd_fire_lag_seconds_bucket{le=\"0.025\"}"]);
        Assert.Equal(5, metrics["qschedd_fire_lag_seconds_bucket{le=\"0.05\"}"]);
        Assert.Equal(0.12, metrics["qschedd_fire_lag_seconds_sum"]);
        Assert.Equal(
            (2, 1, 1, 3),
            (metrics["qschedd_tasks_ended_total{state=\"finished\"}"], metrics["qschedd_tasks_ended_total{state=\"failed\"}"],
                metrics["qschedd_tasks_ended_total{state=\"ignored\"}"], metrics["qschedd_task_duration_seconds_count"]));
        Assert.Equal((1, 1), (metrics["qschedd_tasks_running"], metrics["qschedd_skips_total{reason=\"overlap\"}"]));
        Assert.Equal(4, metrics["qschedd_task_attempts_total"]);
    }

    [Fact]
    public void Misfires_AndClockSteps_AreCounted()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: "0 * * * * ?"), Samples.Job("retried", "0 * * * * ?") with { Recover = RecoverPolicy.Retry });
        world.Clock.WallMs += 330_000;
        world.Settle();
        world.Clock.WallMs -= 10_000;
        world.Run(20);
        var metrics = Metrics(world);
        Assert.Equal((1, 1), (metrics["qschedd_clock_steps_total{direction=\"forward\"}"], metrics["qschedd_clock_steps_total{direction=\"back\"}"]));
        Assert.Equal((7, 1), (metrics["qschedd_misfires_total{outcome=\"discarded\"}"], metrics["qschedd_misfires_total{outcome=\"retried\"}"]));
        Assert.Equal(7, metrics["qschedd_skips_total{reason=\"misfire\"}"]);
    }

    [Fact]
    public void Queues_AreMeasured_AgainstTheirBounds()
    {
        var world = new EngineWorld().Start(new EngineSettings { SendsPerWorkerMax = 1 }, Samples.Job() with { Overlap = OverlapPolicy.Allow });
        world.Link.Answer = _ => null;
        world.Run(3);
        var metrics = Metrics(world);
        Assert.Equal((1, 2), (metrics["qschedd_queue_length{queue=\"sends\"}"], metrics["qschedd_queue_length{queue=\"tasks\"}"]));
        Assert.Equal(1_000, metrics["qschedd_queue_capacity{queue=\"tasks\"}"]);
    }

    [Fact]
    public void Store_IsInTrouble_WhileItKeepsNothing()
    {
        var world = new EngineWorld().Start(Samples.Job());
        Assert.Equal(0, Metrics(world)["qschedd_store_trouble"]);
        world.Store.Fault = new IOException("disk full");
        world.Run(1);
        Assert.Equal(1, Metrics(world)["qschedd_store_trouble"]);
    }

    [Fact]
    public void Workers_AreCounted_OnlineAliveAndRegistered()
    {
        var world = new EngineWorld().Start(Samples.Job());
        world.Ask<CommandResult>(a => world.Core.Commands.SetWorkers("demo.job", [new("10.1.0.2:20010", false)], "test", a));
        world.Ask<CommandResult>(a => world.Core.Commands.Register(new RegistrationRow("demo", "10.1.0.3:20010", "w3", null, 1), a));
        world.Link.Answer = _ => new RunOutcome(RunResult.NotDelivered, "connection refused");
        world.Run(1);
        var metrics = Metrics(world);
        Assert.Equal((3, 2), (metrics["qschedd_workers"], metrics["qschedd_workers_online"]));
        Assert.Equal((1, 1), (metrics["qschedd_workers_alive"], metrics["qschedd_registrations"])); // both that are online were tried
        world.Advance(TimeSpan.FromSeconds(91));
        Assert.Equal(1, Metrics(world)["qschedd_registration_calls_total"]);
    }

    [Fact]
    public void Reloads_AreTold_WithTheTimeOfTheLastGoodOne()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null));
        var reloads = new ReloadFigures(5_000);
        reloads.OnTaken(7_500);
        reloads.OnRefused();
        var metrics = Metrics(world, reloads);
        Assert.Equal((0, 7.5), (metrics["qschedd_config_last_reload_successful"], metrics["qschedd_config_last_reload_success_timestamp_seconds"]));
        Assert.Equal((1, 1), (metrics["qschedd_config_reloads_total"], metrics["qschedd_config_reload_failures_total"]));
    }

    [Fact]
    public void Jobs_HaveNoSeries_UnlessTheyAreAskedFor()
    {
        var world = new EngineWorld().Start(Samples.Job("a \"job\""));
        world.Run(2);
        Assert.DoesNotContain(Metrics(world).Series, s => s.Contains("job=", StringComparison.Ordinal));
    }

    [Fact]
    public void Jobs_HaveSeries_WhenTheyAreAskedFor_UpToABound()
    {
        var settings = new EngineSettings { Server = Samples.Server() with { Metrics = new MetricsSettings(PerJob: true) } };
        Job[] many = [.. Enumerable.Range(0, JobMetrics.JobsMax).Select(n => Samples.Job($"z{n}", null))];
        var world = new EngineWorld().Start(settings, [Samples.Job("a \"job\"\\"), .. many]);
        world.Link.Answer = _ => new RunOutcome(RunResult.Failed);
        world.Run(2);
        var metrics = Metrics(world);
        const string label = """{job="a \"job\"\\"}""";
        Assert.Equal((2, 1), (metrics["qschedd_job_consecutive_failures" + label], metrics["qschedd_job_enabled" + label]));
        Assert.Equal(world.Clock.WallMs / 1000.0, metrics["qschedd_job_last_run_timestamp_seconds" + label]);
        Assert.Equal(2, metrics["""qschedd_job_runs_total{job="a \"job\"\\",state="failed"}"""]);
        Assert.Equal(1, metrics["qschedd_job_series_left_out"]);
        Assert.Equal(JobMetrics.JobsMax, metrics.Series.Count(s => s.StartsWith("qschedd_job_enabled{", StringComparison.Ordinal)));
        Assert.Equal((JobMetrics.JobsMax + 1, 0), (metrics["qschedd_jobs{state=\"on\"}"], metrics["qschedd_jobs{state=\"off\"}"]));
    }
}
