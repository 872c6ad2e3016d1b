using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Web;

/// <summary>What the application adds to a sync's answer.</summary>
/// <param name="Members">The members; <see langword="null"/> for none.</param>
/// <param name="Bytes">How many bytes they are as JSON.</param>
internal readonly record struct AnswerMembers(SyncMembers? Members, int Bytes);
