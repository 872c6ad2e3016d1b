using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests.Sse;

public class SseLimitsTests
{
    [Fact]
    public void Default_is_256_KiB_a_line_and_1_MiB_an_event()
    {
        Assert.Equal(262_144, SseLimits.Default.MaxLineBytes);
        Assert.Equal(1_048_576, SseLimits.Default.MaxEventBytes);
    }

    [Fact]
    public void Bounds_are_set_independently()
    {
        Assert.Equal(SseLimits.Default.MaxEventBytes, new SseLimits { MaxLineBytes = 16 }.MaxEventBytes);
        Assert.Equal(SseLimits.Default.MaxLineBytes, new SseLimits { MaxEventBytes = 1 << 30 }.MaxLineBytes);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData((1 << 30) + 1)]
    [InlineData(int.MaxValue)]
    public void Bound_outside_16_bytes_to_1_GiB_is_refused(int bound)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SseLimits { MaxLineBytes = bound });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SseLimits { MaxEventBytes = bound });
    }
}
