using System.Text.Json;

namespace Unarr.ControlPlane.Endpoints;

/// <summary>The controls that an operator pushes: one, or a list of them.</summary>
internal static class PushedControls
{
    public const int MaxActionCharacters = 128;
    public const int MaxTaskIdCharacters = 512;

    /// <exception cref="RequestException">It is not a control, or not one that an agent could use; the message says which and why.</exception>
    public static IReadOnlyList<ControlAction> Parse(JsonElement body)
    {
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
            > ControlCommand.MaxControls => throw Refusal($"{count} controls are more than the {ControlCommand.MaxControls} that may be pushed at once"),
            _ => [.. body.EnumerateArray().Select((control, index) => Parse(control, $"Control {index + 1}"))],
        };
    }

    private static ControlAction Parse(JsonElement element, string which)
    {
        ControlAction control;
        try
        {
            control = element.Deserialize(ProtocolJson.ControlAction) ?? throw Refusal($"{which} is null");
        }
        catch (JsonException exception)
        {
            throw Refusal($"{which} does not parse: {exception.Message.TrimEnd('.')}", exception);
        }

        if (control.Action.Length is 0 or > MaxActionCharacters)
        {
            throw Refusal($"{which} needs an \"action\" of 1 to {MaxActionCharacters} characters");
        }

        if (control.TaskId.Length > MaxTaskIdCharacters)
        {
            throw Refusal($"{which} has a \"taskId\" of more than {MaxTaskIdCharacters} characters");
        }

        return control.Id is null ? control : throw Refusal($"{which} has an \"id\": ids are given here");
    }

    private static RequestException Refusal(string why, Exception? innerException = null) =>
        new(StatusCodes.Status400BadRequest, $"{why}.", innerException);
}
