using System.Text.Json;
using System.Text.Json.Serialization;

namespace Unarr.EndToEnd.Tests.Port;

/// <summary>What the deployed agents' daemon and its server say to each other, as types of an application.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DaemonReport))]
[JsonSerializable(typeof(DaemonOrders))]
[JsonSerializable(typeof(AgentLimit))]
[JsonSerializable(typeof(StreamSource))]
[JsonSerializable(typeof(StreamReady))]
[JsonSerializable(typeof(UpgradeResult))]
[JsonSerializable(typeof(LibraryReport))]
[JsonSerializable(typeof(Done))]
internal sealed partial class PortJson : JsonSerializerContext;

internal sealed record DaemonReport(
    string DownloadDir, int FreeSlots, bool CanDelete, string AgentStatus, TaskReport[] Tasks, int[]? DeleteConfirmed,
    DeleteFailure[]? DeleteFailed);

internal sealed record TaskReport(string Id, string Status);

internal sealed record DeleteFailure(int Id, string Error);

internal sealed record DaemonOrders(
    NewTask[]? NewTasks, StreamRequest[]? StreamRequests, FileToDelete[]? FilesToDelete, Upgrade? Upgrade, bool Scan);

internal sealed record NewTask(string Id, string Title);

internal sealed record StreamRequest(string TaskId, string FilePath);

internal sealed record FileToDelete(int ItemId, string FilePath);

internal sealed record Upgrade(string Version);

internal sealed record AgentLimit(int Limit, string Plan);

internal sealed record StreamSource(string Url);

internal sealed record StreamReady(string TaskId, string StreamUrl);

internal sealed record UpgradeResult(string AgentId, bool Success, string Version);

internal sealed record LibraryReport(string[] Items);

internal sealed record Done(bool Success);
