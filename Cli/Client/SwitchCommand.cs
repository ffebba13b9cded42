using System.CommandLine;

namespace Qschedd.Cli.Client;

/// <summary><c>on</c> and <c>off</c>: all the jobs named, or none.</summary>
internal static class SwitchCommand
{
    public static Command Create(bool enabled)
    {
        string word = enabled ? "on" : "off";
        var names = new Argument<string[]>("NAME") { Description = "the jobs: all of them change, or none", Arity = ArgumentArity.OneOrMore };
        return ClientVerb.Create(
            word,
            enabled
                ? """
                  Turns jobs on: they fire from now on. What they missed while off is not made up for.

                  Example:  qschedd on qschedule.demo.report qschedule.demo.cleanup
                  """
                : """
                  Turns jobs off: no more fires. Tasks that run go on; end one with kill.

                  Example:  qschedd off qschedule.demo.report
                  """,
            [names],
            (parsed, run) => RunAsync(run, word, parsed.GetRequiredValue(names), enabled));
    }

    private static async Task<int> RunAsync(ClientRun run, string word, string[] names, bool enabled)
    {
        ApiAnswer answer = await run.Api.PostAsync($"jobs/{word}.do", json =>
        {
            json.WriteStartArray("jobs");
            foreach (string name in names)
                json.WriteStringValue(name);
            json.WriteEndArray();
        });
        return run.Show(answer, () =>
        {
            foreach (string name in names)
                run.Screen.Say($"{DisplayText.Line(name)}: {word}");
        }, enabled ? Wish.TurnOn : Wish.TurnOff);
    }
}
