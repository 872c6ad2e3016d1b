using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Unarr.Agents.Protocol;

/// <summary>Reads a control that is pushed: nothing is repaired, shortened or ignored.</summary>
/// <remarks>Names match exactly. A member that is null is as if it were missing, and an empty id is no id.</remarks>
internal static class PushedControl
{
    private const int MaxShownCharacters = 64;
    private const string NotText = "half of a surrogate pair or bytes that are not UTF-8, which is not text";

    /// <summary>Reads the value at hand.</summary>
    /// <param name="reader">At the value's first token; at its last one afterwards, unless there is a problem.</param>
    /// <param name="control">The control; without members when there is a problem.</param>
    /// <returns>Why it is not a control that an agent could use; <see langword="null"/> when it is one.</returns>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static ControlProblem? Read(ref Utf8JsonReader reader, out Control control)
    {
        control = new Control("");
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return new ControlProblem("", "is not an object");
        }

        string action = "";
        string taskId = "";
        bool deleteFiles = false;
        byte[]? parameters = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (TextOf(reader) is not { } name)
            {
                return new ControlProblem("", $"has a member with {NotText}");
            }

            reader.Read();
            ControlProblem? problem = (name, reader.TokenType) switch
            {
                ("action" or "taskId" or "deleteFiles" or "id" or "params", JsonTokenType.Null) => null,
                ("action", _) => ReadText(reader, name, out action),
                ("taskId", _) => ReadText(reader, name, out taskId),
                ("deleteFiles", _) => ReadBoolean(reader, name, out deleteFiles),
                ("params", _) => ReadParameters(ref reader, out parameters),
                ("id", _) => reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("") ? null
                    : new ControlProblem(name, "has an \"id\": ids are given here"),
                _ => Unknown(name),
            };
            if (problem is not null)
            {
                return problem;
            }
        }

        control = new Control(action, taskId) { DeleteFiles = deleteFiles, OwnParameters = parameters };
        return action.Length > 0 ? null : new ControlProblem("action", "needs an \"action\"");
    }

    private static ControlProblem Unknown(string name)
    {
        string shown = name.Length > MaxShownCharacters ? $"{name.AsSpan(0, MaxShownCharacters)}…" : name;
        return new ControlProblem(
            name, $"has a member \"{shown}\": a control has \"action\", \"taskId\", \"deleteFiles\" and \"params\"");
    }

    private static ControlProblem? ReadText(in Utf8JsonReader reader, string name, out string text)
    {
        text = "";
        if (reader.TokenType != JsonTokenType.String)
        {
            return new ControlProblem(name, $"has a \"{name}\" that is not a string");
        }

        if (TextOf(reader) is not { } read)
        {
            return new ControlProblem(name, $"has a \"{name}\" with {NotText}");
        }

        text = read;
        int bytes = Encoding.UTF8.GetByteCount(text);
        return bytes <= Control.MaxStringBytes ? null : new ControlProblem(
            name, $"has a \"{name}\" of {bytes} bytes as UTF-8: an agent reads at most {Control.MaxStringBytes}");
    }

    private static ControlProblem? ReadBoolean(in Utf8JsonReader reader, string name, out bool value)
    {
        value = reader.TokenType == JsonTokenType.True;
        return reader.TokenType is JsonTokenType.True or JsonTokenType.False ? null
            : new ControlProblem(name, $"has a \"{name}\" that is neither true nor false");
    }

    private static ControlProblem? ReadParameters(ref Utf8JsonReader reader, out byte[]? parameters)
    {
        parameters = null;
        return !IsAllText(reader) ? new ControlProblem("params", $"has \"params\" with {NotText}")
            : ControlParameters.Read(ref reader, ControlBounds.OfWire, out parameters) is { } problem
                ? new ControlProblem("params", $"is refused: {problem}")
            : null;
    }

    /// <summary>Whether each string and name of the value at hand is text. The reader is a copy: the caller's does not move.</summary>
    private static bool IsAllText(Utf8JsonReader reader)
    {
        int outside = reader.CurrentDepth;
        do
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && !IsText(reader))
            {
                return false;
            }
        }
        while (reader.Read() && reader.CurrentDepth > outside);
        return true;
    }

    private static bool IsText(in Utf8JsonReader reader) =>
        reader.ValueIsEscaped || reader.HasValueSequence ? TextOf(reader) is not null : Utf8.IsValid(reader.ValueSpan);

    /// <summary>The string or name at hand; <see langword="null"/> when it is not text.</summary>
    private static string? TextOf(in Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            // The reader's word for a byte that is not UTF-8 and for half of a surrogate pair.
            return null;
        }
    }
}
