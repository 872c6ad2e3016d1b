using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests.Sse;

/// <summary>Values of every size are written as the serializer writes them, by one writer one after the other.</summary>
public sealed partial class SseWriterJsonTests
{
    [Fact]
    public void Value_of_any_size_is_the_serializer_s_text()
    {
        ArrayBufferWriter<byte> output = new();
        SseWriter writer = new(output);
        foreach (int count in new[] { 0, 1, 20, 300, 5, 70_000, 2 })
        {
            int[] numbers = [.. Enumerable.Range(0, count)];
            string text = new('x', count);
            writer.WriteEvent(numbers, Context.Default.Int32Array);
            writer.WriteEvent(text, Context.Default.String);
            Assert.Equal(
                $"data: [{string.Join(',', numbers)}]\n\ndata: \"{text}\"\n\n", Encoding.ASCII.GetString(output.WrittenSpan));
            output.ResetWrittenCount();
        }
    }

    [Fact]
    public void Options_of_each_contract_count()
    {
        ArrayBufferWriter<byte> output = new();
        SseWriter writer = new(output);
        Context indented = new(new JsonSerializerOptions { WriteIndented = true, IndentSize = 1, NewLine = "\n" });
        writer.WriteEvent([1, 2], Context.Default.Int32Array);
        writer.WriteEvent([1, 2], indented.Int32Array);
        writer.WriteEvent([1, 2], Context.Default.Int32Array);
        Assert.Equal(
            "data: [1,2]\n\ndata: [\ndata:  1,\ndata:  2\ndata: ]\n\ndata: [1,2]\n\n", Encoding.ASCII.GetString(output.WrittenSpan));
    }

    [JsonSerializable(typeof(int[]))]
    [JsonSerializable(typeof(string))]
    private sealed partial class Context : JsonSerializerContext;
}
