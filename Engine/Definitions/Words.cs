using System.Text.Json;
using Qschedd.Engine.Model;

namespace Qschedd.Engine.Definitions;

/// <summary>Policies in the words of the configuration.</summary>
internal static class Words
{
    public static string Of<T>(T policy) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(policy.ToString());

    public static string Of(WorkerProtocol protocol) => protocol == WorkerProtocol.XxlJob ? "xxl-job" : "qschedule";

    public static string Of(XxlGeneration generation) => generation == XxlGeneration.From35 ? "3.5" : "3.4";
}
