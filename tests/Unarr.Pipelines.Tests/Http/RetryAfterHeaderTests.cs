using System.Globalization;
using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>"Seconds of any size and with a fraction, the last of a list, or an HTTP date,
/// measured against the answer's own Date."</summary>
public sealed class RetryAfterHeaderTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("29.997", 29.997)]
    [InlineData("30.", 30.0)]
    [InlineData("0.25", 0.25)]
    [InlineData("007", 7.0)]
    [InlineData("30, 60", 60.0)]
    [InlineData("60,30 ,", 30.0)]
    [InlineData("30, soon", 30.0)]
    [InlineData("30, -5", 30.0)]
    [InlineData("3153600000", 300.0)]
    [InlineData("Thu, 01 Jan 2026 00:00:45 GMT", 45.0)]
    [InlineData("Thursday, 01-Jan-26 00:00:45 GMT", 45.0)]
    [InlineData("Thu Jan  1 00:00:45 2026", 45.0)]
    [InlineData("thu, 1 jan 2026 0:0:45 gmt", 45.0)]
    [InlineData("Thu, 01 Jan 2026 00:00:45 UTC", 45.0)]
    [InlineData("5, Thu, 01 Jan 2026 00:00:45 GMT", 45.0)]
    [InlineData("Thu, 01 Jan 2026 00:00:45 GMT, 5", 5.0)]
    [InlineData("60, 0", null)]
    [InlineData("60, Thu, 01 Jan 2020 00:00:00 GMT", null)]
    [InlineData("-5", null)]
    [InlineData("+5", null)]
    [InlineData("1e2", null)]
    [InlineData("0x10", null)]
    [InlineData("5s", null)]
    [InlineData("NaN", null)]
    [InlineData("Infinity", null)]
    [InlineData("Thu, 01 Jan", null)]
    [InlineData("Thu, 32 Jan 2026 00:00:45 GMT", null)]
    [InlineData(",", null)]
    [InlineData("", null)]
    public void Field_is_read(string field, double? seconds) => Assert.Equal(Span(seconds), RetryAfterHeader.Parse([field], [], Now));

    [Fact]
    public void Last_of_repeated_fields_counts() => Assert.Equal(Span(3), RetryAfterHeader.Parse(["60", "3", "later"], [], Now));

    [Theory]
    [InlineData("Thu, 01 Jan 2026 01:00:00 GMT")]
    [InlineData("nonsense")]
    public void Date_is_measured_against_the_answers_own(string own)
    {
        DateTimeOffset answered = own == "nonsense" ? Now : Now + TimeSpan.FromHours(1);
        string field = (answered + TimeSpan.FromSeconds(3)).ToString("r", CultureInfo.InvariantCulture);

        Assert.Equal(Span(3), RetryAfterHeader.Parse([field], [own], Now));
    }

    private static TimeSpan? Span(double? seconds) => seconds is { } given ? TimeSpan.FromSeconds(given) : null;
}
