using System.Text;
using Qschedd.Config;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Config;

/// <summary>A folder of its own with YAML files in it, and a fixed environment.</summary>
internal sealed class ConfigFolder : IDisposable
{
    /// <summary>2025-10-09T08:53:20Z.</summary>
    public const long NowMs = 1760000000000;

    private static readonly UTF8Encoding Utf8 = new(false);

    public ConfigFolder() => Directory.CreateDirectory(Path);

    public string Path { get; } = System.IO.Path.Join(System.IO.Path.GetTempPath(), $"qschedd-config-{Guid.NewGuid():n}");

    public Dictionary<string, string> Variables { get; } = [];

    public string? StateDirectory { get; set; }

    public string HostTimeZone { get; set; } = "Asia/Shanghai";

    public string FileOf(string name) => System.IO.Path.Join(Path, name);

    public ConfigFolder With(string name, string text)
    {
        File.WriteAllText(FileOf(name), text, Utf8);
        return this;
    }

    public ConfigResult LoadFolder() => ConfigLoader.Load(Path, Environment());

    public ConfigResult Load(string name) => ConfigLoader.Load(FileOf(name), Environment());

    public ConfigEnvironment Environment() => new()
    {
        GetVariable = name => Variables.GetValueOrDefault(name),
        HostTimeZone = HostTimeZone,
        HostName = "box.example",
        StateDirectory = StateDirectory,
        NowMs = NowMs,
    };

    /// <summary>The error lines of a result, with the folder cut off the names.</summary>
    public string[] Lines(ConfigResult result) => [.. result.Errors.Select(e => e.ToString().Replace(Path + "/", "", StringComparison.Ordinal))];

    public static string[] ErrorsOf(string yaml)
    {
        using var folder = new ConfigFolder();
        return folder.Lines(folder.With("q.yaml", yaml).Load("q.yaml"));
    }

    public static Catalog CatalogOf(string yaml)
    {
        using var folder = new ConfigFolder();
        ConfigResult result = folder.With("q.yaml", yaml).Load("q.yaml");
        Assert.Empty(folder.Lines(result));
        return result.Catalog!;
    }

    /// <summary>The catalog of an app with these keys, indented by four, and jobs, by six.</summary>
    public static Catalog CatalogOfApp(string keys, string jobs) => CatalogOf(App(keys, jobs));

    public static string App(string keys, string jobs) =>
        "apps:\n  - name: demo\n    id: 1\n    token: t0k\n" + Indent(keys, 4) + (jobs.Length > 0 ? "    jobs:\n" + Indent(jobs, 6) : "");

    public static string Indent(string text, int spaces) =>
        string.Concat(text.Split('\n').Where(line => line.Length > 0).Select(line => new string(' ', spaces) + line + "\n"));

    public static Job JobOf(string keys) => CatalogOfApp("", "- name: j\n" + Indent(keys, 2)).Jobs["j"];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
