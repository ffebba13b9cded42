using Qschedd.Engine.Model;

namespace Qschedd.Tests.Engine;

public class TaskStatesTests
{
    [Fact]
    public void IndexOfEnd_IsThePlaceAmongTheEnds()
    {
        Assert.Equal(Enumerable.Range(0, TaskStates.Ends.Length), TaskStates.Ends.Select(TaskStates.IndexOfEnd));
        Assert.Equal(-1, TaskStates.IndexOfEnd(TaskState.Started));
    }
}
