using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;
using Unarr.Agents.Hub.Web;
using Unarr.Agents.Protocol;

namespace Unarr.ControlPlane.Operator;

/// <summary>The controls that an operator pushes: one, or a list of them.</summary>
/// <remarks>
/// "The control plane refuses with 400 what an agent would not read": what is refused here is a mistake of the operator, so nothing is
/// repaired, shortened or ignored. A member that is null is as if it were missing, and an empty id is no id.
/// </remarks>
internal static class PushedControls
{
    /// <exception cref="RequestException">It is not a control, or not one that an agent could use;
    /// the message says which and why.</exception>
    public static IReadOnlyList<Control> Parse(JsonElement body)
    {
        DemandText(body);
        if (body.ValueKind == JsonValueKind.Object)
        {
            return [Parse(body, "The control")];
        }

        if (body.ValueKind != JsonValueKind.Array)
        {
            throw Refusal("The body is neither a control nor a list of controls");
        }

        int count = body.GetArrayLength();
        return count switch
        {
            0 => throw Refusal("The list of controls is empty"),
            > ControlCommand.MaxControls =>
                throw Refusal($"{count} controls are more than the {ControlCommand.MaxControls} that may be pushed at once"),
            _ => [.. body.EnumerateArray().Select((control, index) => Parse(control, $"Control {index + 1}"))],
        };
    }

    /// <exception cref="RequestException">The value is not UTF-8.</exception>
    public static void DemandText(JsonElement value)
    {
        if (!Utf8.IsValid(JsonMarshal.GetRawUtf8Value(value)))
        {
            throw Refusal("The body is not UTF-8");
        }
    }

    /// <exception cref="RequestException">The name has half of a surrogate pair.</exception>
    public static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException exception)
        {
            throw Refusal("The body has a member with half of a surrogate pair, which is not text", exception);
        }
    }

    private static Control Parse(JsonElement element, string which)
    {
        Utf8JsonReader reader = new(JsonMarshal.GetRawUtf8Value(element));
        reader.Read();
        return PushedControl.Read(ref reader, out Control control) is { } problem
            ? throw Refusal($"{which} {problem.Text}")
            : control;
    }

    private static RequestException Refusal(string why, Exception? innerException = null) =>
        new(StatusCodes.Status400BadRequest, $"{why}.", innerException);
}
