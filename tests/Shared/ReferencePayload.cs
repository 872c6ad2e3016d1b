using System.Globalization;
using System.Numerics;
using System.Text;
using Unarr.Agents.Protocol;
using Members = System.Collections.Generic.List<System.Collections.Generic.KeyValuePair<string, object?>>;

namespace Unarr.Pipelines.Testing;

/// <summary>The protocol's payloads, written for obviousness from "How agents read JSON";
/// one that does not parse is <see langword="null"/>.</summary>
internal static class ReferencePayload
{
    private const int MaxControls = 1024;
    private const int MaxStringBytes = 1024;
    private const int MaxParametersBytes = 64 * 1024;
    private const int MaxParametersDepth = 32;
    private const int MaxAckWithin = 60_000;
    private const long LatestMilliseconds = 253_402_300_799_999;

    public static string? Command(byte[] payload) => Describe(payload, static members =>
    {
        (string controls, string rejected) = Controls(Member(members, "controls"));
        object? ackWithin = Member(members, "ackWithin");
        return DescribeCommand(controls, rejected, ackWithin is null ? null : AckWithin(ackWithin));
    });

    public static string? Answer(byte[] payload) => Describe(payload, static members =>
    {
        (string controls, string rejected) = Controls(Member(members, "controls"));
        return DescribeAnswer(
            controls, rejected, Boolean(Member(members, "watching")) ?? false, Boolean(Member(members, "acknowledged")));
    });

    public static string? Wake(byte[] payload) =>
        Describe(payload, static members => (Boolean(Member(members, "wake")) ?? false) ? "wake" : "no wake");

    /// <summary>A command that was read, in the words of the reference.</summary>
    public static string Describe(ControlCommand command) =>
        DescribeCommand(Describe(command.Controls), Describe(command.Rejected), command.AckWithin);

    /// <summary>An answer that was read, in the words of the reference.</summary>
    public static string Describe(SyncResponse response) =>
        DescribeAnswer(Describe(response.Controls), Describe(response.Rejected), response.Watching, response.Acknowledged);

    /// <summary>A wake that was read, in the words of the reference.</summary>
    public static string Describe(WakeResponse response) => response.Wake ? "wake" : "no wake";

    private static string? Describe(byte[] payload, Func<Members, string> meaning)
    {
        try
        {
            return ReferenceJson.Read(payload) is Members members ? meaning(members) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>
    /// "Names match exactly or, failing that, in any ASCII case; the last of repeated ones counts, but a null leaves the member as it was."
    /// "A member of a wrong type makes the payload one that does not parse": one of those before the last, too.
    /// </summary>
    private static object? Member(Members members, string name)
    {
        object? last = null;
        foreach ((string given, object? value) in members)
        {
            bool isIt = given.All(char.IsAscii) && string.Equals(given, name, StringComparison.OrdinalIgnoreCase);
            if (isIt && value is not null)
            {
                Check(name, value);
                last = value;
            }
        }

        return last;
    }

    private static void Check(string name, object value) => _ = name switch
    {
        "action" or "taskId" or "id" => Text(value),
        "deleteFiles" or "watching" or "acknowledged" or "wake" => Boolean(value),
        "controls" => Controls(value),
        "ackWithin" => AckWithin(value),
        _ => (object)name,
    };

    private static (string Taken, string Rejected) Controls(object? value)
    {
        if (value is null)
        {
            return ("", "");
        }

        if (value is not List<object?> { Count: <= MaxControls } items)
        {
            throw new FormatException();
        }

        var taken = new List<string>();
        var rejected = new List<string>();
        foreach (object? item in items)
        {
            // "A null element is an empty control."
            Members members = item is null ? [] : item as Members ?? throw new FormatException();
            string action = Text(Member(members, "action"));
            string taskId = Text(Member(members, "taskId"));
            string id = Text(Member(members, "id"));
            bool deleteFiles = Boolean(Member(members, "deleteFiles")) ?? false;
            object? parameters = Member(members, "params");
            string compact = parameters is null ? "" : Compact(parameters);
            bool fits = Encoding.UTF8.GetByteCount(compact) <= MaxParametersBytes && Depth(parameters) <= MaxParametersDepth;
            if (fits && IsWithinBound(action) && IsWithinBound(taskId) && IsWithinBound(id))
            {
                taken.Add(DescribeControl(action, taskId, deleteFiles, id, compact, Time(members)));
            }
            else if (id.Length > 0 && IsWithinBound(id))
            {
                // "A control that is over a bound is left out alone, reported as failed where it has an id."
                rejected.Add($"<{id}>");
            }
        }

        return (string.Concat(taken), string.Concat(rejected));
    }

    /// <summary>Without white space and without an escape that JSON does not need; "numbers keep their text".</summary>
    private static string Compact(object? value) => value switch
    {
        null => "null",
        bool literal => literal ? "true" : "false",
        ReferenceNumber number => number.Text,
        string text => Quoted(text),
        Members members => $"{{{string.Join(',', members.Select(member => $"{Quoted(member.Key)}:{Compact(member.Value)}"))}}}",
        List<object?> items => $"[{string.Join(',', items.Select(Compact))}]",
        _ => throw new FormatException(),
    };

    private static string Quoted(string text) => $"\"{string.Concat(text.Select(static character => character switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\b' => "\\b",
        '\f' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        < ' ' => $"\\u{(int)character:x4}",
        _ => character.ToString(),
    }))}\"";

    private static int Depth(object? value) => value switch
    {
        Members members => 1 + members.Max(member => (int?)Depth(member.Value)) ?? 1,
        List<object?> items => 1 + items.Max(item => (int?)Depth(item)) ?? 1,
        _ => 0,
    };

    private static string Text(object? value) => value is null ? "" : value as string ?? throw new FormatException();

    private static bool? Boolean(object? value) => value is null ? null : value as bool? ?? throw new FormatException();

    private static bool IsWithinBound(string text) => Encoding.UTF8.GetByteCount(text) <= MaxStringBytes;

    private static int AckWithin(object value) =>
        value is ReferenceNumber number
        && BigInteger.TryParse(number.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger whole)
            ? (int)BigInteger.Max(0, BigInteger.Min(MaxAckWithin, whole))
            : throw new FormatException();

    /// <summary>A time serves a measurement only: whatever else stands there is as if it did not.</summary>
    private static long? Time(Members members)
    {
        long? time = null;
        foreach ((string name, object? value) in members)
        {
            if (string.Equals(name, "at", StringComparison.OrdinalIgnoreCase)
                && value is ReferenceNumber number
                && long.TryParse(number.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long milliseconds)
                && milliseconds is >= 0 and <= LatestMilliseconds)
            {
                time = milliseconds;
            }
        }

        return time;
    }

    private static string Describe(IEnumerable<Control> controls) => string.Concat(controls.Select(static control =>
        DescribeControl(
            control.Action,
            control.TaskId,
            control.DeleteFiles,
            control.Id,
            Encoding.UTF8.GetString(control.Parameters.Span),
            control.PushedAt?.ToUnixTimeMilliseconds())));

    private static string Describe(IEnumerable<FailedControl> rejected) =>
        string.Concat(rejected.Select(static control => $"<{control.Id}>"));

    // "An empty id is no id."
    private static string DescribeControl(string action, string taskId, bool deleteFiles, string? id, string parameters, long? at) =>
        $"<{action}><{taskId}><{deleteFiles}><{(id is "" ? null : id) ?? "no id"}><{parameters}><{at}>\n";

    private static string DescribeCommand(string controls, string rejected, int? ackWithin) =>
        $"{controls}left out {rejected} within {ackWithin}";

    private static string DescribeAnswer(string controls, string rejected, bool watching, bool? acknowledged) =>
        $"{controls}left out {rejected} watching {watching} acknowledged {acknowledged}";
}
