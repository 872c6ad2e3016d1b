using System.IO.Pipelines;
using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests.Sse;

public class SseReaderOptionsTests
{
    [Fact]
    public void Default_is_Html_256_KiB_a_line_and_1_MiB_an_event()
    {
        var options = new SseReaderOptions();
        Assert.Equal(SseDialect.Html, options.Dialect);
        Assert.Equal(262_144, options.MaxLineBytes);
        Assert.Equal(1_048_576, options.MaxEventBytes);
        Assert.False(options.LeaveOpen);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData((1 << 30) + 1)]
    [InlineData(int.MaxValue)]
    public void Bound_outside_16_bytes_to_1_GiB_is_refused_by_its_name(int bound)
    {
        AssertRefused(new SseReaderOptions { MaxLineBytes = bound }, nameof(SseReaderOptions.MaxLineBytes));
        AssertRefused(new SseReaderOptions { MaxEventBytes = bound }, nameof(SseReaderOptions.MaxEventBytes));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public void Undefined_dialect_is_refused_by_its_name(int dialect) =>
        AssertRefused(new SseReaderOptions { Dialect = (SseDialect)dialect }, nameof(SseReaderOptions.Dialect));

    [Theory]
    [InlineData(16)]
    [InlineData(1 << 30)]
    public void Smallest_and_largest_bound_are_taken(int bound) =>
        new SseFramer(new SseReaderOptions { MaxLineBytes = bound, MaxEventBytes = bound }).Dispose();

    [Fact]
    public void Options_changed_after_the_constructor_change_nothing()
    {
        var options = new SseReaderOptions { Dialect = SseDialect.Agent };
        using var framer = new SseFramer(options);
        options.Dialect = SseDialect.Html;
        options.MaxLineBytes = 16;
        framer.Append("data: a\rb, longer than sixteen bytes\n\n"u8.ToArray());
        Assert.True(framer.TryRead(out SseFrame frame));
        Assert.Equal("a\rb, longer than sixteen bytes", frame.GetText());
    }

    [Fact]
    public async Task LeaveOpen_changed_after_the_constructor_changes_nothing()
    {
        var options = new SseReaderOptions { LeaveOpen = true };
        var stream = new ScriptedStream();
        var reader = new SseReader(stream, options);
        options.LeaveOpen = false;
        await reader.DisposeAsync();
        Assert.False(stream.IsDisposed);
    }

    private static void AssertRefused(SseReaderOptions options, string name)
    {
        foreach (Action make in (Action[])
        [
            () => new SseFramer(options).Dispose(),
            () => _ = new SseReader(new MemoryStream(), options),
            () => _ = new SseReader(PipeReader.Create(new MemoryStream()), options),
            () => SseReader.FromResponseAsync(new HttpResponseMessage(), options).AsTask().Wait(),
        ])
        {
            ArgumentOutOfRangeException refused = Assert.Throws<ArgumentOutOfRangeException>(make);
            Assert.Equal("options", refused.ParamName);
            Assert.Contains(name, refused.Message, StringComparison.Ordinal);
        }
    }
}
