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
        Control? first = null;
        List<Control>? controls = null;
        List<FailedControl>? tooLong = null;
        int count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (++count > ControlCommand.MaxControls)
            {
                throw new PayloadException($"\"controls\" has more than {ControlCommand.MaxControls} entries.");
            }

            if (Next(ref reader, ref tooLong) is { } control)
            {
                Add(control, ref first, ref controls);
            }
        }

        rejected = tooLong ?? (IReadOnlyList<FailedControl>)[];
        return controls ?? (first is null ? [] : (IReadOnlyList<Control>)[first]);
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

    /// <summary>One is the usual number, and needs no list; where there are two, more are to be expected.</summary>
    private static void Add(Control control, ref Control? first, ref List<Control>? controls)
    {
        if (first is null)
        {
            first = control;
        }
        else
        {
            controls ??= new List<Control>(8) { first };
            controls.Add(control);
        }
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
