using System.Reflection;
using System.Reflection.Emit;
using Unarr.Pipelines.Downlink;
using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests;

/// <summary>bytes ─▶ Sse ─▶ Http ─▶ Downlink: a layer uses those before it, never one behind it.</summary>
public class LayerTests
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(opCode => opCode.Value);

    [Theory]
    [InlineData("Unarr.Pipelines.Sse", "Unarr.Pipelines.Http")]
    [InlineData("Unarr.Pipelines.Sse", "Unarr.Pipelines.Downlink")]
    [InlineData("Unarr.Pipelines.Net", "Unarr.Pipelines.Http")]
    [InlineData("Unarr.Pipelines.Net", "Unarr.Pipelines.Downlink")]
    [InlineData("Unarr.Pipelines.Net", "Unarr.Pipelines.Sse")]
    [InlineData("Unarr.Pipelines.Http", "Unarr.Pipelines.Downlink")]
    public void Layer_uses_nothing_of_a_later_one(string layer, string later)
    {
        IEnumerable<string> uses =
            from type in typeof(SseFramer).Assembly.GetTypes()
            where IsIn(type, layer)
            from used in TypesUsedBy(type)
            where IsIn(used, later)
            select $"{type} uses {used}";
        Assert.Empty(uses.Distinct());
    }

    /// <summary>The framer and what is under it know bytes alone.</summary>
    [Theory]
    [InlineData("System.Net.Http", "EventStreamResponse", "SseReader")]
    [InlineData("System.Text.Json", "JsonBuffer", "SseSource", "SseWriter")]
    public void Only_the_types_named_of_Sse_know_HTTP_or_JSON(string used, params string[] users)
    {
        IEnumerable<string> types =
            from type in typeof(SseFramer).Assembly.GetTypes()
            where IsIn(type, "Unarr.Pipelines.Sse") && TypesUsedBy(type).Any(each => IsIn(each, used))
            select Outermost(type).Name;
        Assert.Equal(users, types.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Uses_are_found_in_signatures_and_in_bodies_of_async_methods_too()
    {
        Assert.Contains(typeof(Stream), UsedBy(typeof(SseReader)));

        // In no signature of its own: it is caught in the body of an async method.
        Assert.Contains(typeof(OperationCanceledException), UsedBy(typeof(Exchange)));
    }

    private static HashSet<Type> UsedBy(Type used) =>
        [.. used.Assembly.GetTypes().Where(type => Outermost(type) == used).SelectMany(TypesUsedBy)];

    private static bool IsIn(Type type, string layer) => type.Namespace == layer || type.Namespace?.StartsWith(layer + ".", StringComparison.Ordinal) == true;

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static IEnumerable<Type> TypesUsedBy(Type type)
    {
        IEnumerable<Type?> direct = [type.BaseType, .. type.GetInterfaces(), .. type.GetCustomAttributesData().Select(data => data.AttributeType)];
        return direct.Concat(type.GetMembers(Everything).SelectMany(TypesOf)).OfType<Type>().SelectMany(Parts);
    }

    private static IEnumerable<Type?> TypesOf(MemberInfo member) => member switch
    {
        FieldInfo field => [field.FieldType],
        MethodInfo method => [method.ReturnType, .. BodyTypes(method)],
        ConstructorInfo constructor => BodyTypes(constructor),
        _ => [],
    };

    private static IEnumerable<Type?> BodyTypes(MethodBase method)
    {
        IEnumerable<Type?> parameters = method.GetParameters().Select(parameter => parameter.ParameterType);
        MethodBody? body = method.GetMethodBody();
        return body == null
            ? parameters
            : parameters
                .Concat(body.LocalVariables.Select(local => local.LocalType))
                .Concat(body.ExceptionHandlingClauses.Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause).Select(clause => clause.CatchType))
                .Concat(Members(method, body.GetILAsByteArray()!).SelectMany(used => new[] { used as Type, used.DeclaringType }.Concat(
                    used is MethodInfo { IsGenericMethod: true } generic ? generic.GetGenericArguments() : [])));
    }

    /// <summary>The members that a method's instructions name.</summary>
    private static IEnumerable<MemberInfo> Members(MethodBase method, byte[] code)
    {
        Type[]? typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        Type[]? methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        int at = 0;
        while (at < code.Length)
        {
            short value = code[at] == 0xFE ? (short)(0xFE00 | code[at + 1]) : code[at];
            OpCode opCode = OpCodesByValue[value];
            at += opCode.Size;
            if (opCode.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
            {
                yield return method.Module.ResolveMember(BitConverter.ToInt32(code, at), typeArguments, methodArguments)!;
            }

            at += opCode.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }

    /// <summary>A type, what it is made of (elements, generic arguments) and the types around it.</summary>
    private static IEnumerable<Type> Parts(Type type)
    {
        yield return type;
        foreach (Type part in type.GetGenericArguments().Concat(new[] { type.GetElementType(), type.DeclaringType }.OfType<Type>()))
        {
            if (part.IsGenericParameter)
            {
                continue;
            }

            foreach (Type inner in Parts(part))
            {
                yield return inner;
            }
        }
    }
}
