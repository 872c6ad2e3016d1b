using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Unarr.EndToEnd.Tests.Wire;

public sealed class ProtocolPageTests
{
    [Fact]
    public void Each_example_has_the_length_that_it_says_and_is_json()
    {
        Assert.Equal(7, ProtocolPage.Messages.Count());
        foreach ((string head, string body) in ProtocolPage.Messages)
        {
            string? length = head.Split('\n').SingleOrDefault(line => line.StartsWith("Content-Length: ", StringComparison.Ordinal));
            if (length is null)
            {
                Assert.True(body.Length == 0 || head.Contains("text/event-stream", StringComparison.Ordinal));
                continue;
            }

            Assert.Equal(Encoding.UTF8.GetByteCount(body), int.Parse(length.Split(' ')[1], CultureInfo.InvariantCulture));
            Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(body).RootElement.ValueKind);
        }
    }
}
