namespace Qschedd.Engine;

/// <summary>Where messages to the loop are put. Any thread.</summary>
internal interface IMailbox
{
    /// <summary>Runs an action in the loop, in its turn.</summary>
    void Post(Action message);

    /// <summary>The same of one that is an object already: none is made for it.</summary>
    void Post(ILoopMessage message) => Post(message.Run);
}

/// <summary>What is run in the loop.</summary>
internal interface ILoopMessage
{
    void Run();
}
