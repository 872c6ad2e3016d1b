using System.Globalization;

namespace Unarr.Pipelines.Sse;

/// <summary>How long a server asks to be left alone.</summary>
internal static class RetryAfterHeader
{
    /// <summary>"At most 5 minutes."</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    // The part of a date behind its weekday's comma, and the form that has no comma.
    private static readonly string[] DateFormats = ["d MMM yyyy H:m:s", "d-MMM-yy H:m:s", "d-MMM-yyyy H:m:s", "ddd MMM d H:m:s yyyy"];

    /// <summary>"Seconds of any size and with a fraction, the last of a list, or an HTTP date,
    /// measured against the answer's own Date."</summary>
    /// <param name="fields">The fields of <c>Retry-After</c>.</param>
    /// <param name="dates">The fields of <c>Date</c>.</param>
    /// <param name="now">Our time, which counts when the answer has none.</param>
    public static TimeSpan? Parse(IEnumerable<string> fields, IEnumerable<string> dates, DateTimeOffset now)
    {
        // A date's comma parts it from its weekday, which is no element that makes sense.
        List<string> elements = HeaderList.Elements(fields);
        for (int last = elements.Count - 1; last >= 0; last--)
        {
            TimeSpan? wait = Seconds(elements[last]);
            if (wait is null && Date(elements[last]) is { } date)
            {
                wait = date - (HeaderList.Elements(dates).Select(Date).LastOrDefault(found => found is not null) ?? now);
            }

            if (wait is { } asked)
            {
                return asked <= TimeSpan.Zero ? null : asked < Longest ? asked : Longest;
            }
        }

        return null;
    }

    /// <summary>Digits, with or without a fraction: as many as there are.</summary>
    private static TimeSpan? Seconds(string element)
    {
        const NumberStyles Digits = NumberStyles.AllowDecimalPoint;
        return char.IsAsciiDigit(element[0]) && double.TryParse(element, Digits, CultureInfo.InvariantCulture, out double seconds)
            ? seconds < Longest.TotalSeconds ? TimeSpan.FromSeconds(seconds) : Longest
            : null;
    }

    private static DateTimeOffset? Date(string element)
    {
        string text = element;
        foreach (string zone in (ReadOnlySpan<string>)[" GMT", " UTC"])
        {
            text = text.EndsWith(zone, StringComparison.OrdinalIgnoreCase) ? text[..^zone.Length] : text;
        }

        const DateTimeStyles Styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces;
        return DateTimeOffset.TryParseExact(text, DateFormats, CultureInfo.InvariantCulture, Styles, out DateTimeOffset date) ? date : null;
    }
}
