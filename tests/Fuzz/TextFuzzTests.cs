using System.Text;
using Qschedd.Engine.Model;
using Qschedd.Http;
using Xunit.Abstractions;
using static Qschedd.Tests.Fuzz.FuzzRun;

namespace Qschedd.Tests.Fuzz;

/// <summary>What a request's line may hold: targets, percent-encoded names, queries, hosts, task ids.</summary>
public class TextFuzzTests(ITestOutputHelper output)
{
    private static readonly Router Router = Routes.Build();

    private static readonly string[] Targets =
    [
        "/healthz", "/api/jobs.do?token=a&state=on,off&limit=5", "/api2/jobs/qschedule.demo.job1.do", "/api/jobs/%E6%8A%A5.do?token=%2B+",
        "/api/tasks/140727.123745.192.168.236.130.26859.2531970.do", "/api/tasks/140727.123745.h.1.1/log.do?from=3", "/api/check/[2001:db8::1].do",
        "/api/check/l-payserver23.pay.do", "http://host:80/api/jobs.do", "/xxl-job-admin/api/registry", "/api/tasks.do?job=a&from=1&to=-1&after=x",
        "http://u@[::1]:9/x?y=%00", "10.0.0.1:20010", "[::1]:65535", "https://exec.example:9999/xxl/",
    ];

    private static readonly string[] Words =
    [
        "%", "%2e%2e", "%2F", "%00", "%c0%af", "%ED%A0%80", "%u0041", "%%", "+", "&", "=", "?", "/", "//", "/../", ".do", ";", "\\", "#", "://", "[", "]", ":",
        "%E4%BD%A0", "你", "\u202e", "\u0085", "token=", "limit=1001", "limit=-1", "from=9223372036854775808", "state=,", "api2", "@", "0x7f.1", "010.0.0.1",
        "::ffff:1.2.3.4", "fe80::1%25eth0", "%F0%9F%98%80", "%f4%90%80%80", "a&a&",
    ];

    [Fact]
    public void Targets_AreTakenOrRefused_WhateverTheyHold() => new FuzzRun("targets", 0.24, output).Feed(Make, Feed, text => $"'{text}'");

    private static string Make(Random random) => Mutation.MutateText(random, random.Pick(Targets), Words);

    private static void Feed(string text)
    {
        if (Router.Match(text) is { } match)
        {
            Require(match.RawSegment is null || (!match.RawSegment.Contains('/') && text.Contains(match.RawSegment)));
            Require(text.EndsWith(match.RawQuery, StringComparison.Ordinal));
        }
        Decode(text);
        if (Query.Parse(text.AsSpan(text.IndexOf('?') + 1)) is { } query)
            Read(query);
        Hosts(text);
        Require(!TaskId.HasShape(text) || text.All(char.IsAscii));
    }

    private static void Decode(string text)
    {
        if (!PercentText.TryDecode(text, plusIsSpace: false, out string? decoded))
            return;
        Require(!PercentText.HasControl(decoded) && decoded.Length <= text.Length);
        Require(decoded == Encoding.UTF8.GetString(System.Net.WebUtility.UrlDecodeToBytes(Encoding.ASCII.GetBytes(text.Replace("+", "%2B")), 0, text.Replace("+", "%2B").Length)!));
        Require(PercentText.TryDecode(Uri.EscapeDataString(decoded), plusIsSpace: true, out string? again) && again == decoded);
    }

    private static void Read(Query query)
    {
        Require(query["token"] is not { Length: 0 });
        Require(!query.TryLimit(20, out int limit) || limit is >= 1 and <= HttpLimits.RowsMax);
        Require(!query.TryLine("from", out int line) || line >= 1);
        query.TryInstant("to", out _);
    }

    private static void Hosts(string text)
    {
        if (HostName.TryNormalize(text, out string? host))
            Require(HostName.TryNormalize(host, out string? again) && again == host);
        if (HostName.IsAddress(text) || HostName.IsUrl(text))
        {
            string plain = Worker.PlainAddress(text);
            Require(Worker.PlainAddress(plain) == plain && Worker.HostOf(plain).Length > 0);
        }
    }
}
