namespace Qschedd.Tests.Architecture;

/// <summary>Compiled code that breaks the rules, to show that the checks see it.</summary>
internal static class Samples
{
    internal sealed class Forbidden
    {
        public static void Touch()
        {
        }
    }

    internal class ByField
    {
        protected List<Forbidden[]>? Kept { get; set; }
    }

    internal class ByBase : List<Forbidden>;

    internal class BySignature
    {
        public static bool Takes(Dictionary<int, Forbidden>? things) => things is null;
    }

    internal class ByLocal
    {
        public static string Made()
        {
            var made = new Forbidden();
            return made.ToString() + made.GetHashCode();
        }
    }

    internal class ByCall
    {
        public static void Calls() => Forbidden.Touch();
    }

    internal class Blocks
    {
        public static int OnResult(Task<int> task) => task.Result;
        public static int OnValueResult(ValueTask<int> task) => task.Result;
        public static void OnWait(Task task) => task.Wait();
        public static int OnAwaiter(Task<int> task) => task.GetAwaiter().GetResult();
        public static int InLambda(Task<int> task) => ((Func<int>)(() => task.Result))();
    }

    internal class Awaits
    {
        // A member that is called Result, as other things than tasks may have.
        private sealed record Outcome(int Result);

        public static async Task<int> OneAsync(Task<int> task) => new Outcome(await task).Result;
    }

    internal class Forgets
    {
        public static Action Made() => async () => await Task.Yield();
    }
}
