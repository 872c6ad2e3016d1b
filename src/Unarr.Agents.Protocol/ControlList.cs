using System.Text.Json;

namespace Unarr.Agents.Protocol;

/// <summary>Reads and writes the controls of a command or of a sync's answer.</summary>
internal static class ControlList
{
    private static readonly Control Empty = new("");

    /// <summary>Reads a list up to its bound: "more is a payload that does not parse".</summary>
    /// <param name="reader">At the list's beginning.</param>
    /// <param name="rejected">Those of the controls that were left out that have an id.</param>
    public static IReadOnlyList<Control> Read(ref Utf8JsonReader reader, out IReadOnlyList<FailedControl> rejected)
    {
        WireMember.ThrowUnless(reader.TokenType == JsonTokenType.StartArray, "controls", "a list");
        List<Control> controls = new(1);
        List<FailedControl>? tooLong = null;
        int count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (++count > ControlCommand.MaxControls)
            {
                throw new PayloadException($"\"controls\" has more than {ControlCommand.MaxControls} entries.");
            }

            if (controls.Count == 1)
            {
                // One is the usual number; where there are two, more are to be expected.
                controls.EnsureCapacity(8);
            }

            if (Next(ref reader, ref tooLong) is { } control)
            {
                controls.Add(control);
            }
        }

        rejected = tooLong ?? (IReadOnlyList<FailedControl>)[];
        return controls;
    }

    public static void Write(Utf8JsonWriter writer, IReadOnlyList<Control> controls)
    {
        writer.WriteStartArray("controls"u8);
        foreach (Control control in controls)
        {
            ControlJsonConverter.WriteControl(writer, control);
        }

        writer.WriteEndArray();
    }

    private static Control? Next(ref Utf8JsonReader reader, ref List<FailedControl>? tooLong)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            // "A null element is an empty control."
            return Empty;
        }

        Control control = ControlJsonConverter.ReadControl(ref reader, ControlBounds.OfWire, out string? problem);
        if (problem is null)
        {
            return control;
        }

        // "A control that is over a bound is left out alone, reported as failed where it has an id."
        if (control.Id is { } id)
        {
            (tooLong ??= []).Add(new FailedControl { Id = id, Error = problem });
        }

        return null;
    }
}
