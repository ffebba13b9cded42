namespace Qschedd.Engine.Model;

/// <summary>What an HTTP exchange that failed was about: the framework wraps the cause, now once, now twice.</summary>
internal static class ErrorChain
{
    public static HttpRequestError HttpErrorOf(Exception error) => error switch
    {
        HttpRequestException request => request.HttpRequestError,
        HttpIOException io => io.HttpRequestError,
        _ => HttpRequestError.Unknown,
    };

    /// <summary>The first of its kind, from the outside in; null: none is.</summary>
    public static T? Find<T>(Exception? error)
        where T : Exception
    {
        while (error is not null and not T)
            error = error.InnerException;
        return error as T;
    }
}
