using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Unarr.Agents.Hub.Lines;
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
        if (!Utf8.IsValid(JsonMarshal.GetRawUtf8Value(body)))
        {
            throw Refusal("The body is not UTF-8");
        }

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

    private static Control Parse(JsonElement element, string which)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Refusal($"{which} is not an object");
        }

        string action = "";
        string taskId = "";
        bool deleteFiles = false;
        foreach (JsonProperty member in element.EnumerateObject())
        {
            string name = Text(() => member.Name, which, "a member");
            JsonElement value = member.Value;
            switch (name)
            {
                case "action" or "taskId" or "deleteFiles" or "id" when value.ValueKind == JsonValueKind.Null:
                    break;
                case "action":
                    action = BoundedText(name, value, which);
                    break;
                case "taskId":
                    taskId = BoundedText(name, value, which);
                    break;
                case "deleteFiles":
                    deleteFiles = Boolean(name, value, which);
                    break;
                case "id" when value.ValueKind == JsonValueKind.String && value.ValueEquals(""):
                    break;
                case "id":
                    throw Refusal($"{which} has an \"id\": ids are given here");
                default:
                    throw Refusal(
                        $"{which} has a member \"{Shorten.Text(name)}\": a control has \"action\", \"taskId\" and \"deleteFiles\"");
            }
        }

        return action.Length > 0
            ? new Control(action, taskId) { DeleteFiles = deleteFiles }
            : throw Refusal($"{which} needs an \"action\"");
    }

    /// <summary>"Action, task id and id 1,024 bytes each, counted in decoded UTF-8."</summary>
    private static string BoundedText(string name, JsonElement value, string which)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw Refusal($"{which} has a \"{name}\" that is not a string");
        }

        string text = Text(() => value.GetString()!, which, $"a \"{name}\"");
        int bytes = Encoding.UTF8.GetByteCount(text);
        return bytes <= Control.MaxStringBytes
            ? text
            : throw Refusal($"{which} has a \"{name}\" of {bytes} bytes as UTF-8: an agent reads at most {Control.MaxStringBytes}");
    }

    private static string Text(Func<string> read, string which, string what)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException exception)
        {
            throw Refusal($"{which} has {what} with half of a surrogate pair, which is not text", exception);
        }
    }

    private static bool Boolean(string name, JsonElement value, string which) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Refusal($"{which} has a \"{name}\" that is neither true nor false"),
    };

    private static RequestException Refusal(string why, Exception? innerException = null) =>
        new(StatusCodes.Status400BadRequest, $"{why}.", innerException);
}
