using System.Text;
using System.Text.Json;

namespace Unarr.EndToEnd.Tests.Agent;

public class ParseVectorTests
{
    [Theory]
    [InlineData("agent", 1)]
    [InlineData("agent", 7)]
    [InlineData("agent", 65536)]
    [InlineData("whatwg", 1)]
    [InlineData("whatwg", 7)]
    [InlineData("whatwg", 65536)]
    public async Task Each_small_vector_gives_exactly_its_frames(string dialect, int chunk)
    {
        int cases = 0;
        foreach (string line in await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "vectors", $"{dialect}.jsonl")))
        {
            using JsonDocument vector = JsonDocument.Parse(line);
            if (!vector.RootElement.TryGetProperty("input64", out JsonElement input))
            {
                continue;
            }

            var expected = new StringBuilder();
            foreach (JsonElement frame in vector.RootElement.GetProperty("frames").EnumerateArray())
            {
                expected.Append(frame.GetRawText()).Append('\n');
            }

            (int exitCode, string output, _) =
                await AgentCommand.RunAsync(["parse", "--base64", "--dialect", dialect, "--chunk", $"{chunk}"], input.GetBytesFromBase64());

            string id = vector.RootElement.GetProperty("id").GetString()!;
            Assert.Equal((id, expected.ToString()), (id, output));
            Assert.Equal(0, exitCode);
            cases++;
        }

        Assert.True(cases > 10);
    }
}
