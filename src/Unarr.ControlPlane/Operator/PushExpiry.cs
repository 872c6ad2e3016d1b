using System.Text.Json;
using Unarr.Agents.Hub.Web;
using Unarr.CommandLine;

namespace Unarr.ControlPlane.Operator;

/// <summary>After which time a push expires: <c>"expiresAfter"</c>, a duration such as <c>"5m"</c>, or a number of seconds.</summary>
internal static class PushExpiry
{
    public const string Member = "expiresAfter";

    /// <summary>The shortest.</summary>
    public static readonly TimeSpan Least = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest: ten years.</summary>
    public static readonly TimeSpan Most = TimeSpan.FromHours(87_600);

    /// <summary>The time of a push; <see langword="null"/> where it does not expire.</summary>
    /// <exception cref="RequestException">It is not such a time; the message names the bounds.</exception>
    public static TimeSpan? Of(JsonElement body)
    {
        if (!body.TryGetProperty(Member, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return Read(value) is { } time && time >= Least && time <= Most ? time : throw new RequestException(
            StatusCodes.Status400BadRequest,
            $"\"{Member}\" is a duration such as \"30s\", \"5m\" or \"24h\", or a number of seconds: {DurationArgument.Format(Least)} to "
            + $"{DurationArgument.Format(Most)}.");
    }

    private static TimeSpan? Read(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String when DurationArgument.TryParse(value.GetString(), out TimeSpan time) => time,
        JsonValueKind.Number when value.TryGetDouble(out double seconds) && seconds > 0 && seconds <= Most.TotalSeconds =>
            TimeSpan.FromSeconds(seconds),
        _ => null,
    };
}
