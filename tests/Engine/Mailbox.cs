using Qschedd.Engine;

namespace Qschedd.Tests.Engine;

/// <summary>Whose messages a test takes out by hand.</summary>
internal sealed class Mailbox(Action<Action> post) : IMailbox
{
    public void Post(Action message) => post(message);
}
