using System.Text;
using Qschedd.Config;
using Qschedd.Tests.Config;
using Xunit.Abstractions;
using static Qschedd.Tests.Fuzz.FuzzRun;

namespace Qschedd.Tests.Fuzz;

/// <summary>Any bytes are a catalog, or errors that stand within the file.</summary>
public class YamlFuzzTests(ITestOutputHelper output)
{
    private static readonly string[] Words =
    [
        "*", "&a ", "*a", "!x ", "!!int ", "\t", "\n", "\r\n", " ", "  ", "[", "]", "{", "}", ": ", ":", "- ", "? ", "|", "|-\n", ">", ">9", "\"", "'", "#", "%", "%YAML 9.9\n",
        "---\n", "...\n", "\r", "\u0085", "\u2028", "\uFEFF", "<<: ", "${env:", "${env:A}", "$${env:", "${", "\0", "\x7f", "~", "null", "yes", "1e9", "0x10", ".inf",
        "cron: * * * * * ?", "cron: \"0 0 0 30 2 ?\"", "\\u", "\\x", "\\ud800", "apps:\n", "server:\n", "jobs:\n", "- name: a\n", "defaults: {", "99999999999999999999d", "你",
    ];

    private static readonly string[] Fragments =
    [
        "server: {listen: http://127.0.0.1:0, timeZone: UTC, misfireThreshold: 60s}\n", "server:\n  environment: dev\n  history: {keepFor: 30d, keepPerJob: 1000}\n",
        "apps:\n", "  - name: a.b\n    id: 1\n    token: 0123456789abcdef\n", "    workers: [10.0.0.1:1, {address: \"[::1]:2\", hostname: h}]\n", "    protocol: xxl-job\n",
        "    defaults: {recover: retry, loadBalance: random, timeout: 1h30m}\n", "    jobs:\n", "      - name: j\n        cron: \"0 30 9 * * ?\"\n",
        "        parameter: {city: [1, {a: b}], n: null}\n", "        retry: {attempts: 3, delay: 10s, backoff: 2, maxDelay: 10m}\n",
        "        crons: [{cron: \"0 0 0 * * ?\", param: {x: 1}}]\n", "        type: local\n        command: [/bin/true, \"a b\"]\n        env: {K: v}\n",
        "        desc: |\n          some\n          lines\n", "        timeZone: Europe/Paris\n        overlap: skip\n", "      - {name: k, state: false}\n",
        "    alerts: [{webhook: \"http://127.0.0.1:9/x\", events: [failed]}]\n", "# a comment\n", "\n",
    ];

    private static readonly byte[] Example = File.ReadAllBytes(Repository.FileOf("jobs.example.yaml"));
    private static readonly ConfigEnvironment Environment = EnvironmentOf();

    [Fact]
    public void Files_AreReadOrRefusedInTheirPlaces_WhateverTheyHold() => new FuzzRun("yaml", 0.02, output).Feed(Make, Feed, Encoding.UTF8.GetString);

    private static byte[] Make(Random random)
    {
        byte[] whole = random.Next(8) == 0 ? Example : Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => random.Pick(Fragments))));
        return random.Next(10) == 0 ? whole : Mutation.Mutate(random, whole, Words);
    }

    private static void Feed(byte[] bytes)
    {
        var load = new LoadContext(Environment);
        // The reader marks crons in what it is given.
        ConfigResult result = ConfigLoader.Build([FileReader.Read(new SourceText([.. bytes], bytes.Length), "/", new FileErrors("q.yaml"), load)], load);
        Require(result.Catalog is null == !result.Errors.IsEmpty);
        string text = Encoding.UTF8.GetString(bytes);
        string[][] views = [text.Split('\n'), text.ReplaceLineEndings("\n").Split('\n')]; // an editor's and the scanner's
        foreach (ConfigError error in result.Errors)
        {
            Require(error.Line >= 1 && error.Column >= 1 && error.Message.Length > 0, error.ToString());
            Require(Array.Exists(views, lines => error.Line <= lines.Length && error.Column <= lines[error.Line - 1].Length + 1), $"outside the file: {error}");
        }
    }

    private static ConfigEnvironment EnvironmentOf()
    {
        using var folder = new ConfigFolder();
        folder.Variables["A"] = "value";
        return folder.Environment();
    }
}
