using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Hosting;
using Unarr.Pipelines.Hosting;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Tests.Client.Strangers;

/// <summary>A hosted service over two named clients.</summary>
internal sealed partial class PriceFollower(ISseClientFactory streams) : BackgroundService
{
    public List<string> Answers { get; } = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using SseClient prices = streams.CreateClient("prices");
        await FollowAsync(prices.ReadAllAsync(PriceJson.Default.Price, stoppingToken));
    }

    internal async Task FollowAsync(IAsyncEnumerable<SseItem<Price>> prices)
    {
        await foreach (SseItem<Price> price in prices)
        {
            if (price.Data.Value > 100)
            {
                Answers.Add(await AskAsync($"Why did {price.Data.Symbol} rise?"));
            }
        }
    }

    internal async Task<string> AskAsync(string question)
    {
        await using SseClient answer = streams.CreateClient(
            "model", _ => new(HttpMethod.Post, "ask") { Content = JsonContent.Create(question, PriceJson.Default.String) });
        return string.Concat(await answer.ReadAllAsync().Select(item => item.Data).ToListAsync());
    }

    internal sealed record Price(string Symbol, decimal Value);

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web), JsonSerializable(typeof(Price)), JsonSerializable(typeof(string))]
    internal sealed partial class PriceJson : JsonSerializerContext;
}
