using System.Text.Json;

namespace Qschedd.Http;

/// <summary>
/// Answers to XXL-JOB executors: always status 200, and a code. Up to 3.2 they look for <c>content</c>, since then for <c>data</c>.
/// </summary>
internal static class XxlAnswers
{
    private const int Yes = 200;
    private const int No = 500;

    public static readonly Answer Done = Make(Yes, "Success");
    public static readonly Answer WrongToken = Make(No, "The access token is wrong.");
    /// <summary>In the same words: there is no token, or the app that it is for is another.</summary>
    public static readonly Answer Unauthorized = Make(No, "The access token is wrong.");
    public static readonly Answer IllegalArgument = Make(No, "Illegal Argument.");
    public static readonly Answer NoSuchApp = Make(No, "Illegal Argument: registryKey is neither the name nor the code of an app with protocol xxl-job.");
    public static readonly Answer BadAddress = Make(No, "Illegal Argument: registryValue is no http(s) URL.");
    public static readonly Answer NotKept = Make(No, "The scheduler cannot keep it now: send it again later.");
    public static readonly Answer Fault = Make(No, "A fault of the scheduler: send it again later.");

    private static Answer Make(int code, string message)
    {
        using var buffer = new PooledBuffer(256);
        using (var writer = new Utf8JsonWriter(buffer, DataAnswer.Options))
        {
            writer.WriteStartObject();
            writer.WriteNumber("code"u8, code);
            writer.WriteNull("content"u8);
            writer.WriteNull("data"u8);
            writer.WriteString("msg"u8, message);
            writer.WriteEndObject();
        }

        return Answer.OfJson(buffer.Written.ToArray(), message);
    }
}
