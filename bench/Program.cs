// qschedd.bench all [--quick] [--rows a,b] --binary FILE --out DIR    measures everything and writes the table
// qschedd.bench MODE --name value ...                                 measures one system and prints one JSON line
using Qschedd.Bench;
using Qschedd.Bench.Measure;
using Qschedd.Bench.Modes;

string mode = args.FirstOrDefault() ?? "all";
var options = new Options(args);
if (mode == "all")
    return await Driver.RunAsync(options);
if (!ModeTable.Known.TryGetValue(mode, out var measure))
{
    await Console.Error.WriteLineAsync($"no mode '{mode}'; there are: all {string.Join(' ', ModeTable.Known.Keys)}");
    return 2;
}
if (await measure(options) is { } samples)
    Console.WriteLine(samples.ToLine());
// What a measured system has left running is of no use any more.
Environment.Exit(0);
return 0;
