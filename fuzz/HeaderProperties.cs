using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Fuzz;

/// <summary>The headers that gateways maim.</summary>
public class HeaderProperties
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Many(20_000)]
    public bool Retry_after_is_nothing_or_between_nothing_and_five_minutes_whatever_comes(string?[] fields, string?[] dates) =>
        RetryAfterHeader.Parse(Fields(fields), Fields(dates), Now) is not { } wait
            || (wait > TimeSpan.Zero && wait <= RetryAfterHeader.Longest);

    [Many(20_000)]
    public bool Only_the_last_number_of_seconds_of_a_list_counts(string? before, byte seconds) =>
        RetryAfterHeader.Parse([(before ?? "").Replace("\"", "", StringComparison.Ordinal), $"{seconds + 1}"], [], Now)
            == TimeSpan.FromSeconds(seconds + 1);

    [Many(10_000)]
    public bool Any_number_of_digits_is_a_time(uint[] digits) =>
        RetryAfterHeader.Parse([$"1{string.Concat(digits)}.5"], [], Now) is { } wait
        && wait >= TimeSpan.FromSeconds(1.5)
        && wait <= RetryAfterHeader.Longest;

    [Many(20_000)]
    public bool A_date_is_as_far_away_as_the_answers_own_date_says(ushort milliseconds, int now)
    {
        DateTimeOffset own = Now + TimeSpan.FromSeconds(now);
        var wait = TimeSpan.FromSeconds((milliseconds % 299) + 1);
        return RetryAfterHeader.Parse([(own + wait).ToString("r")], [own.ToString("r")], Now) == wait;
    }

    [Many(20_000)]
    public bool Elements_of_a_list_are_trimmed_and_none_is_empty(string?[] fields) =>
        HeaderList.Elements(Fields(fields)).TrueForAll(element => element.Length > 0 && element == element.Trim());

    [Many(20_000)]
    public bool What_follows_an_event_streams_semicolon_changes_nothing(string? parameters) =>
        EventStreamType.IsNamedBy([$"text/event-stream;{(parameters ?? "").Replace(',', ' ')}"]);

    private static IEnumerable<string> Fields(string?[] fields) => fields.Select(field => field ?? "");
}
