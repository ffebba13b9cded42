namespace Qschedd.Engine;

/// <summary>Where messages to the loop are put. Any thread.</summary>
internal interface IMailbox
{
    /// <summary>Runs an action in the loop, in its turn.</summary>
    void Post(Action message);

    /// <summary>The same of one that is an object already: none is made for it. It may wait for due fires, some milliseconds.</summary>
    void Post(IRequestEnd message) => Post(message.Run);
}

/// <summary>That requests to workers are over. It is run in the loop.</summary>
internal interface IRequestEnd
{
    void Run();
}
