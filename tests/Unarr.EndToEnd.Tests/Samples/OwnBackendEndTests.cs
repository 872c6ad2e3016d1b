namespace Unarr.EndToEnd.Tests.Samples;

public sealed class OwnBackendEndTests
{
    [SkippableTheory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Signal_ends_both_programs_in_order_and_leaves_no_file(string signal)
    {
        Needs.Linux();
        RunningSample sample = new();
        try
        {
            await sample.InitializeAsync();
            await sample.UntilConnectedAsync();
            Assert.Contains("keys.json", sample.Files);

            (int exitCode, string output) = await sample.EndAsync(signal);

            Assert.EndsWith("Both programs have ended.\n", output, StringComparison.Ordinal);
            Assert.Equal(0, exitCode);
            Assert.DoesNotContain("fail:", output, StringComparison.Ordinal);
            Assert.DoesNotContain("warn:", output, StringComparison.Ordinal);
            Assert.Empty(sample.Files);
        }
        finally
        {
            await sample.DisposeAsync();
        }
    }
}
