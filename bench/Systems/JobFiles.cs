using System.Globalization;

namespace Qschedd.Bench.Systems;

/// <summary>A directory of job files: the server's section in one, the jobs in as many as the limit of a file's size asks for.</summary>
internal sealed class JobFiles(string folder, int port)
{
    public const string Token = "bench-token";

    public const string HeldName = "bench.heldjob";

    private const int JobsPerFile = 125_000; // some 9 MB

    public string Folder { get; } = folder;

    public static string NameOf(int number) => $"bench.job{number}";

    public static string AppFileOf(string folder, int index) => Path.Combine(folder, $"app{index}.yaml");

    public JobFiles Write(int jobs, Func<int, string> cronOf, string worker = "127.0.0.1:1", string defaults = "{overlap: allow}")
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Folder, "server.yaml"), $$"""
            server:
              listen: http://127.0.0.1:{{port}}
              database: ../qschedd.db
              timeZone: UTC
              adminToken: {{Token}}

            """);
        for (int index = 0; index * JobsPerFile < jobs; index++)
            WriteApp(index, Math.Min(jobs, (index + 1) * JobsPerFile), cronOf, worker, defaults);
        return this;
    }

    /// <summary>One more job, which is only triggered, at a worker that may keep it waiting.</summary>
    public void WriteHeld(string worker) => File.WriteAllText(Path.Combine(Folder, "held.yaml"), $$"""
        apps:
          - {name: bench.held, id: 1000, token: held, workers: ["{{worker}}"], workerPath: {{WorkerHost.HeldPath}}, jobs: [{name: {{HeldName}}, overlap: allow}]}

        """);

    private void WriteApp(int index, int last, Func<int, string> cronOf, string worker, string defaults)
    {
        using var file = new StreamWriter(AppFileOf(Folder, index));
        file.Write(string.Create(CultureInfo.InvariantCulture, $"""
            apps:
              - name: bench.app{index}
                id: {index + 1}
                token: t{index}
                workers: ["{worker}"]
                defaults: {defaults}
                jobs:

            """));
        for (int number = index * JobsPerFile + 1; number <= last; number++)
            file.Write(Job(number, cronOf(number)));
    }

    public static string Job(int number, string cron) => cron.Length == 0
        ? $"      - {{name: {NameOf(number)}}}\n"
        : $"      - {{name: {NameOf(number)}, cron: \"{cron}\"}}\n";
}
