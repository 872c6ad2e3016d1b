using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests.Sse;

public class BoundsTests
{
    [Fact]
    public void Default_is_256_KiB_a_line_and_1_MiB_an_event()
    {
        Assert.Equal(262_144, new Bounds().MaxLineBytes);
        Assert.Equal(1_048_576, new Bounds().MaxEventBytes);
    }

    [Fact]
    public void Bounds_are_set_independently()
    {
        Assert.Equal(new Bounds().MaxEventBytes, new Bounds { MaxLineBytes = 16 }.MaxEventBytes);
        Assert.Equal(new Bounds().MaxLineBytes, new Bounds { MaxEventBytes = 1 << 30 }.MaxLineBytes);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData((1 << 30) + 1)]
    [InlineData(int.MaxValue)]
    public void Bound_outside_16_bytes_to_1_GiB_is_refused(int bound)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Bounds { MaxLineBytes = bound });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Bounds { MaxEventBytes = bound });
    }
}
