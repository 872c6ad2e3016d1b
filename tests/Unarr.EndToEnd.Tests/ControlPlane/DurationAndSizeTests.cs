using Unarr.CommandLine;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class DurationAndSizeTests
{
    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("40s", 40_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("0s", 0)]
    public void Duration_is_read_and_written(string text, int milliseconds)
    {
        Assert.True(DurationArgument.TryParse(text, out TimeSpan duration));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
        Assert.Equal(text, DurationArgument.Format(duration));
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("1.5s")]
    [InlineData(" 5s")]
    [InlineData("5 s")]
    [InlineData("5S")]
    [InlineData("9999999999999999h")]
    public void Duration_that_is_none_is_refused(string text) => Assert.False(DurationArgument.TryParse(text, out _));

    [Theory]
    [InlineData("262145", 262_145)]
    [InlineData("256KiB", 262_144)]
    [InlineData("1MiB", 1_048_576)]
    public void Size_is_read_and_written(string text, int bytes)
    {
        Assert.True(SizeArgument.TryParse(text, out int size));
        Assert.Equal(bytes, size);
        Assert.Equal(text, SizeArgument.Format(size));
    }

    [Theory]
    [InlineData("")]
    [InlineData("KiB")]
    [InlineData("1KB")]
    [InlineData("-1")]
    [InlineData("4096MiB")]
    [InlineData("99999999999")]
    public void Size_that_is_none_is_refused(string text) => Assert.False(SizeArgument.TryParse(text, out _));
}
