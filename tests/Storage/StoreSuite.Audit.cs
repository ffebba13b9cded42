using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Storage;

public abstract partial class StoreSuite
{
    private static AuditRow Audited(long atMs, string job = "job1", string? detail = null) => new(atMs, "admin from 10.0.0.9", "off", job, detail);

    private static IEnumerable<long> Times(IEnumerable<AuditEntry> entries) => entries.Select(entry => entry.Row.AtMs);

    [Fact]
    public void Audit_IsReadNewestFirst_AsItWasWritten()
    {
        AuditRow[] rows = [Audited(1), Audited(2, "", "1 added"), Audited(3, "作业", "")];
        Keep([.. rows.Select(row => new AuditInsert(row))]);

        var entries = Read(store => store.ListAudit(new AuditQuery(null, null, 10)));

        Assert.Equal(rows.Reverse(), entries.Select(entry => entry.Row));
        Assert.Equal(entries.OrderByDescending(entry => entry.Id), entries);
    }

    [Fact]
    public void Audit_GoesOnAfterARow_AndKeepsToOneJob()
    {
        Keep([.. Enumerable.Range(1, 10).Select(n => new AuditInsert(Audited(n, n % 2 == 0 ? "even" : "odd")))]);

        Read<object?>(store =>
        {
            var first = store.ListAudit(new AuditQuery("even", null, 2));
            Assert.Equal([10, 8], Times(first));
            Assert.Equal([6, 4, 2], Times(store.ListAudit(new AuditQuery("even", first[^1].Id, 10))));
            Assert.Equal([7, 6], Times(store.ListAudit(new AuditQuery(null, first[^1].Id, 2))));
            Assert.Empty(store.ListAudit(new AuditQuery("nobody", null, 10)));
            return null;
        });
    }

    [Fact]
    public void Trim_KeepsTheNewestOfTheAudit_UpToTheBound()
    {
        const int more = 700;
        Keep([.. Enumerable.Range(1, IStore.AuditRowsMax + more).Select(n => new AuditInsert(Audited(n)))]);

        Trim(keepDays: 1000, keepPerJob: 1);

        Assert.Equal([more + 2, more + 1], Times(Read(store => store.ListAudit(new AuditQuery(null, 703, 10)))));
    }

    [Fact]
    public void Trim_TakesAuditRowsThatAreTooOld()
    {
        Keep(new AuditInsert(Audited(DayMs)), new AuditInsert(Audited(9 * DayMs)));

        Trim(keepDays: 4, keepPerJob: 1);

        Assert.Equal([9 * DayMs], Times(Read(store => store.ListAudit(new AuditQuery(null, null, 10)))));
    }
}
