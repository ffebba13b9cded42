using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Qschedd.Tests.Architecture;

/// <summary>What the compiled code says of itself, by reflection and by a walk over the tokens in its method bodies.</summary>
internal static class CompiledCode
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>Written by us: in our namespaces, or in none as Program is. Not what generators put elsewhere.</summary>
    public static bool IsOurs(Type type) => type.Namespace is { } space
        ? space == "Qschedd" || space.StartsWith("Qschedd.", StringComparison.Ordinal)
        : type == typeof(Program) || type.DeclaringType is { } outer && IsOurs(outer);

    public static IEnumerable<string> LayerBreaches(Type type, Func<string?, string, string?> objection) =>
        from seen in References(type).SelectMany(Parts).Distinct()
        where seen.Assembly == type.Assembly && seen != type && seen.Namespace is not null && IsOurs(seen)
        let why = objection(type.Namespace, seen.Namespace!)
        where why is not null
        select $"{type}: {why} ({seen})";

    /// <summary>Places where a thread blocks on a task. An async method's own state machine takes results of finished tasks only.</summary>
    public static IEnumerable<string> BlockingWaits(Type type) =>
        from method in Methods(type)
        where !typeof(IAsyncStateMachine).IsAssignableFrom(type) && method.Name != "<Main>"
        from called in Mentions(method).OfType<MethodBase>()
        where IsBlockingWait(called)
        select $"{type}.{method.Name}: blocks on a task by {called.DeclaringType!.Name}.{called.Name}; await it";

    /// <summary>Async methods, lambdas included, whose end nobody can await and whose exceptions end the process.</summary>
    public static IEnumerable<string> AsyncVoids(Type type) =>
        from method in Methods(type)
        where method is MethodInfo { ReturnType: var returned } && returned == typeof(void)
        where method.IsDefined(typeof(AsyncStateMachineAttribute))
        select $"{type}.{method.Name}: is async void; return a Task";

    private static bool IsBlockingWait(MethodBase called) => called.DeclaringType is { Namespace: { } space, Name: var name } && (space, called.Name) switch
    {
        ("System.Threading.Tasks", "get_Result" or "Wait" or "WaitAll" or "WaitAny") => name.StartsWith("Task", StringComparison.Ordinal) || name.StartsWith("ValueTask", StringComparison.Ordinal),
        ("System.Runtime.CompilerServices", "GetResult") => name.Contains("TaskAwaiter", StringComparison.Ordinal),
        _ => false,
    };

    private static IEnumerable<MethodBase> Methods(Type type) => type.GetMethods(Declared).Concat<MethodBase>(type.GetConstructors(Declared));

    private static IEnumerable<Type> References(Type type)
    {
        IEnumerable<Type?> own = [type.BaseType, .. type.GetInterfaces(), .. type.GetFields(Declared).Select(field => field.FieldType)];
        return own.OfType<Type>().Concat(Methods(type).SelectMany(References));
    }

    private static IEnumerable<Type> References(MethodBase method)
    {
        IEnumerable<Type> signature = method.GetParameters().Select(parameter => parameter.ParameterType)
            .Append((method as MethodInfo)?.ReturnType ?? typeof(void))
            .Concat(method.GetMethodBody()?.LocalVariables.Select(local => local.LocalType) ?? []);
        return signature.Concat(Mentions(method).SelectMany(Types));
    }

    private static IEnumerable<Type> Types(MemberInfo mention) => mention switch
    {
        Type type => [type],
        FieldInfo field => [field.DeclaringType!, field.FieldType],
        MethodInfo method => [method.DeclaringType!, method.ReturnType, .. method.IsGenericMethod ? method.GetGenericArguments() : []],
        _ => mention.DeclaringType is { } declaring ? [declaring] : [],
    };

    /// <summary>A type and what it is made of: an array's element, a generic's arguments.</summary>
    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
            return Parts(type.GetElementType()!);
        return type.IsConstructedGenericType ? [type.GetGenericTypeDefinition(), .. type.GetGenericArguments().SelectMany(Parts)] : [type];
    }

    /// <summary>The members that a method's code names.</summary>
    private static IEnumerable<MemberInfo> Mentions(MethodBase method)
    {
        byte[] code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (int at = 0; at < code.Length;)
        {
            OpCode op = OpCodesByValue[code[at] == 0xFE ? (short)(0xFE00 | code[at + 1]) : code[at]];
            at += op.Size;
            if (op.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
                yield return Resolve(method, BitConverter.ToInt32(code, at));
            at += OperandSize(op, code, at);
        }
    }

    private static MemberInfo Resolve(MethodBase method, int token) => method.Module.ResolveMember(
        token,
        method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null,
        method.IsGenericMethod ? method.GetGenericArguments() : null)!;

    private static int OperandSize(OpCode op, byte[] code, int at) => op.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
        _ => 4,
    };
}
