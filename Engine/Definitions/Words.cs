using System.Collections.Frozen;
using System.Text.Json;
using Qschedd.Engine.Model;

namespace Qschedd.Engine.Definitions;

/// <summary>Policies in the words of the configuration.</summary>
internal static class Words
{
    public static string Of<T>(T policy) where T : struct, Enum => Names<T>.Of[policy];

    public static string Of(WorkerProtocol protocol) => protocol == WorkerProtocol.XxlJob ? "xxl-job" : "qschedule";

    public static string Of(XxlGeneration generation) => generation == XxlGeneration.From35 ? "3.5" : "3.4";

    /// <summary>Made once: to spell the name anew for each of a hundred thousand jobs was a fortieth of their start.</summary>
    private static class Names<T> where T : struct, Enum
    {
        public static readonly FrozenDictionary<T, string> Of =
            Enum.GetValues<T>().ToFrozenDictionary(policy => policy, policy => JsonNamingPolicy.CamelCase.ConvertName(policy.ToString()));
    }
}
