using System.Collections.Immutable;
using System.Reflection;
using Qschedd.Config;
using Qschedd.Engine.Cron;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Config;

/// <summary>Jobs are read one after the other into the same place, and crons past those that are remembered are looked at in one.</summary>
public class OnePlaceTests
{
    /// <summary>More than are remembered.</summary>
    private const int CronsMany = 20_000;

    private static string CronOf(int i) => $"{i % 60} {i / 60 % 60} {i / 3600} * * ?";

    private static string JobsOf(Func<int, string> cron) =>
        string.Concat(Enumerable.Range(0, CronsMany).Select(i => $"- {{name: j{i}, cron: \"{cron(i)}\"}}\n"));

    [Fact]
    public void Clear_LeavesNothing_WhateverWasSaid()
    {
        PropertyInfo[] properties = typeof(JobYaml).GetProperties();
        var job = new JobYaml();
        foreach (PropertyInfo property in properties)
            property.SetValue(job, Something(property.PropertyType));
        var blank = new JobYaml();
        Assert.All(properties, property => Assert.False(IsSame(property, blank, job)));
        job.Clear();
        Assert.All(properties, property => Assert.True(IsSame(property, blank, job)));
    }

    [Fact]
    public void Job_HasNothingOfTheOneBefore_WhenItSaysLess()
    {
        var jobs = ConfigFolder.CatalogOfApp("", """
            - name: all
              desc: d
              crons: [{cron: "0 0 1 * * ?", param: {a: 1}}]
              parameter: {b: 2}
              timeZone: Europe/Paris
              overlap: allow
              state: false
              workers: ['d:1']
              retry: {attempts: 2}
            - name: local
              type: local
              command: [/bin/true]
            - name: none
            """).Jobs;
        var none = jobs["none"];
        Assert.Equal((null, null, JobType.Remote), (none.Desc, none.Parameter, none.Type));
        Assert.Equal((false, OverlapPolicy.Skip, true, RetryPolicy.None), (none.HasCronList, none.Overlap, none.State, none.Retry));
        Assert.Empty(none.Triggers);
        Assert.Empty(none.Workers);
        Assert.Null(none.Command);
    }

    [Fact]
    public void Triggers_AreEachTheirOwn_WhenNoCronComesAgain()
    {
        var jobs = ConfigFolder.CatalogOfApp("", JobsOf(CronOf)).Jobs;
        Assert.All(Enumerable.Range(0, CronsMany), i =>
        {
            Trigger trigger = Assert.Single(jobs[$"j{i}"].Triggers);
            Assert.Equal(CronOf(i), trigger.Cron);
            Assert.Same(trigger.Cron, trigger.Schedule().Expression.Text);
        });
    }

    [Fact]
    public void CronsOfAList_AreKeptOnce_WhenNoCronComesAgain()
    {
        const int each = 5;
        string jobs = string.Concat(Enumerable.Range(0, CronsMany / each).Select(i =>
            $"- {{name: j{i}, crons: [{string.Join(", ", Enumerable.Range(i * each, each).Select(n => $"{{cron: \"{CronOf(n)}\"}}"))}]}}\n"));
        var triggers = ConfigFolder.CatalogOfApp("", jobs).Jobs.Values.SelectMany(job => job.Triggers).ToArray();
        Assert.Equal(CronsMany, triggers.Select(trigger => trigger.Cron).Distinct().Count());
        Assert.All(triggers, trigger => Assert.Same(trigger.Cron, trigger.Schedule().Expression.Text));
    }

    [Fact]
    public void Triggers_AreShared_WhenCronsComeAgain()
    {
        var jobs = ConfigFolder.CatalogOfApp("", JobsOf(i => CronOf(i % 100))).Jobs;
        Assert.All(Enumerable.Range(0, CronsMany), i => Assert.Same(jobs[$"j{i % 100}"].Triggers[0], jobs[$"j{i}"].Triggers[0]));
    }

    [Fact]
    public void WrongCron_IsToldInItsPlace_WhenNoCronComesAgain()
    {
        string[] errors = ConfigFolder.ErrorsOf(ConfigFolder.App("", JobsOf(i => i == CronsMany - 1 ? "0 0 25 * * ?" : CronOf(i))));
        Assert.StartsWith($"q.yaml:{CronsMany + 5}:", Assert.Single(errors), StringComparison.Ordinal);
    }

    // An array that is not there equals itself; asserting so would walk through it.
    private static bool IsSame(PropertyInfo property, JobYaml one, JobYaml other) => Equals(property.GetValue(one), property.GetValue(other));

    private static object Something(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type switch
        {
            _ when type == typeof(string) => "x",
            _ when type == typeof(bool) => true,
            _ when type == typeof(int) => 7,
            _ when type == typeof(TimeSpan) => TimeSpan.FromSeconds(1),
            _ when type == typeof(Position) => new Position(3, 4),
            _ when type == typeof(RetryPolicy) => new RetryPolicy(2, TimeSpan.Zero, 1, TimeSpan.Zero),
            _ when type == typeof(ImmutableArray<Worker>) =>
                ImmutableArray.Create(new Worker("a:1", "a:1")),
            _ when type == typeof(ImmutableArray<AlertRule>) =>
                ImmutableArray<AlertRule>.Empty,
            _ when type == typeof(IReadOnlySet<string>) => new HashSet<string>(),
            _ when type.IsEnum => Enum.GetValues(type).GetValue(0)!,
            _ => Activator.CreateInstance(type)!,
        };
    }
}
